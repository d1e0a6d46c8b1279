/// Where a proposal ends: `fate_id` of `serving.fates`.
///
/// Whatever a source proposes has one in the end, so no candidate vanishes. Filters of one's own have
/// fates of their own, so any number is one.
public struct ProposalFate: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    public static let duplicate = ProposalFate(rawValue: 1)
    public static let unknownItem = ProposalFate(rawValue: 2)
    public static let deferred = ProposalFate(rawValue: 5)
    public static let cohortHeld = ProposalFate(rawValue: 6)
    public static let firstStageScore = ProposalFate(rawValue: 30)
    public static let belowLength = ProposalFate(rawValue: 40)
    public static let creatorCap = ProposalFate(rawValue: 41)
    public static let suppressed = ProposalFate(rawValue: 42)
    public static let best = ProposalFate(rawValue: 50)
    public static let exploration = ProposalFate(rawValue: 51)
}
