import Jobs
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing
import TwoTower

@testable import Pipeline

/// What is left out of histories of 0, 2, 3 and 5 positives, all of one day.
@Suite struct LeaveOneOutTests {
    private static let date = PlantedWorld.date

    private func users() throws -> UserTable {
        UserTable(
            ids: [11, 12, 13, 14], indexes: [0, 1, 2, 3],
            cohorts: ["new", "low", "low", "high"],
            // One more than the history holds, which was cut.
            positiveCounts: [0, 2, 3, 6],
            sequences: try Sequences(
                offsets: [0, 0, 2, 5, 10], items: [0, 1, 2, 1, 0, 4, 3, 2, 1, 0],
                days: [Int32](repeating: 7, count: 10),
                weights: (1...10).map { Float($0) }),
            profiles: .none(userCount: 4))
    }

    private func items() throws -> ItemTable {
        ItemTable(
            ids: try #require(Vocabulary([500, 501, 502, 503, 504])),
            catalogue: try Catalogue(itemCount: 5), isAvailable: [true, true, true, true, true])
    }

    @Test func `the test is the last positive, learned is what stands before`() throws {
        let learned = LeaveOneOut(asOfDate: Self.date, part: .test).learned(from: try users())
        #expect(learned.sequences.offsets == [0, 0, 2, 4, 8])
        #expect(learned.sequences.items == [0, 1, 2, 1, 4, 3, 2, 1])
        #expect(learned.sequences.weights == [1, 2, 3, 4, 6, 7, 8, 9])
        #expect(learned.positiveCounts == [0, 2, 2, 5])
        #expect(learned.ids == (try users()).ids)
    }

    @Test func `the validation is the last but one, and the test is not learned either`() throws {
        let learned = LeaveOneOut(asOfDate: Self.date, part: .validation)
            .learned(from: try users())
        #expect(learned.sequences.offsets == [0, 0, 2, 3, 6])
        #expect(learned.sequences.items == [0, 1, 2, 4, 3, 2])
        #expect(learned.positiveCounts == [0, 2, 1, 4])
    }

    @Test(arguments: [
        (HeldOutPart.test, [500, 500] as [Int64]), (.validation, [501, 501]),
    ])
    func `who has fewer than three positives is not measured`(
        part: HeldOutPart, items: [Int64]
    ) throws {
        try Databases.withSchema { connection, _ throws in
            let context = StepContext(
                connection: connection, catalog: try SQLCatalog.locate(), runID: 1,
                asOfDate: Self.date, codeVersion: "test", stop: StopSignal(),
                progress: { _ in })
            let heldOut = try LeaveOneOut(asOfDate: Self.date, part: part).heldOut(
                of: users(), items: self.items(), context)
            #expect(
                heldOut == zip([13, 14], items).map { HeldOut(userID: $0, itemIDs: [$1], day: 7) })
        }
    }
}
