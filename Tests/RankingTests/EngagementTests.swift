import Ranking
import Testing

@Suite struct EngagementTests {
    @Test func `an item counts as far as it is sought and as it pleases`() {
        #expect(Engagement.term(affinity: 0.5, probabilities: [0.5]) == 0.25)
        // One of two: 1 − 0.5 · 0.75.
        #expect(Engagement.term(affinity: 1, probabilities: [0.5, 0.25]) == 0.625)
        #expect(Engagement.term(affinity: 0, probabilities: [1]) == 0)
        #expect(Engagement.term(affinity: 1, probabilities: []) == 0)
    }
}
