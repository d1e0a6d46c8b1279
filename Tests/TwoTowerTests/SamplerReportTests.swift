import LinearAlgebra
import Testing

@testable import TwoTower

/// What the trainer says of the negatives that it drew.
@Suite struct SamplerReportTests {
    /// Users like {0, 1, 2}, {1} and {3, 4} of five items.
    private static func dataset() throws -> TwoTowerDataset {
        try TwoTowerDataset(
            catalogue: Catalogue(itemCount: 5),
            sequences: Sequences(
                offsets: [0, 3, 4, 6], items: [0, 1, 2, 1, 3, 4],
                days: [0, 0, 0, 0, 0, 0]),
            impressions: Impressions(
                offsets: [0, 2, 2, 3], items: [1, 4, 0], days: [0, 0, 0]))
    }

    private func reports(
        _ dataset: TwoTowerDataset, _ change: (inout TwoTowerConfiguration) -> Void
    ) throws -> [SamplerReport] {
        var configuration = Worlds.configuration()
        configuration.uniformNegatives = 0
        configuration.epochs = 1
        change(&configuration)
        var reports: [SamplerReport] = []
        _ = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2
        ) { reports = $0.samplers }
        return reports
    }

    /// By hand: six rows, each with the four items beside its own. User 0 has two others in each of
    /// three rows, user 1 none, user 2 one in each of two.
    @Test(arguments: [true, false])
    func theFullCatalogueHasEveryFalseNegative(masks: Bool) throws {
        let reports = try reports(Self.dataset()) {
            $0.usesFullCatalogue = true
            $0.masksOwnEvents = masks
        }
        #expect(
            reports == [
                SamplerReport(
                    source: "full_catalogue", draws: 24, falseNegatives: 8, masked: masks ? 8 : 0)
            ])
        #expect(abs(reports[0].falseNegativeRate - 1.0 / 3) < 1e-12)
    }

    /// By hand: a repeat is no example, so the batch has all five items. Two items that a user was
    /// shown were not engaged with: 4 by user 0, in each of three rows, and 0 by user 2, in two.
    @Test func everySourceIsCountedByItself() throws {
        let reports = try reports(Self.dataset()) {
            $0.impressionNegatives = 3
            $0.popularNegatives = 1
        }
        #expect(reports.map(\.source) == ["in_batch", "popular", "impressions"])
        #expect(reports[0].draws == 24)
        #expect(reports[0].falseNegatives == 8)
        // One item for six rows, a negative of those whose positive it is not.
        #expect((4...5).contains(reports[1].draws))
        #expect(
            reports[2]
                == SamplerReport(
                    source: "impressions", draws: 5, falseNegatives: 0, masked: 0))
    }

    /// A user of a checkerboard with n items has n / 2 − 1 of them; a row draws all but its own.
    @Test func uniformDrawsAreFalseAsOftenAsTheUserHasItems() throws {
        let (dataset, _) = try Worlds.checkerboard()
        let reports = try reports(dataset) {
            $0.usesInBatchNegatives = false
            $0.uniformNegatives = 5
            $0.epochs = 20
        }
        #expect(reports.count == 1)
        // Some 180 draws of the same five items by rows alike: five standard deviations.
        #expect(abs(reports[0].falseNegativeRate - 8.0 / 19) < 0.08)
    }

    @Test func hardNegativesAreFewAndMoreOftenFalse() throws {
        let (dataset, _) = try Worlds.checkerboard()
        func reports(_ limit: Int) throws -> SamplerReport {
            try self.reports(dataset) {
                $0.batchSize = 8
                $0.epochs = 10
                $0.queueLength = 64
                $0.queueStart = 100
                $0.hardNegatives = limit
                $0.hardNegativeThreshold = 0.5
            }[1]
        }
        let (all, hard) = (try reports(0), try reports(2))
        #expect(all.source == "queue" && hard.source == "hard")
        #expect(hard.draws > 0 && hard.draws < all.draws)
        // What is like the positive of a user is what the user likes.
        #expect(hard.falseNegativeRate > all.falseNegativeRate + 0.1)
        #expect(hard.masked == hard.falseNegatives)
    }
}
