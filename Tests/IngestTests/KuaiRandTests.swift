import DelimitedText
import Foundation
import Postgres
import Testing

@testable import Ingest

@Suite struct KuaiRandTests {
    private struct Counts: Decodable {
        var interactions: Int
        var usersRows: Int
        var videosRows: Int
        var sums: [String: Int]
    }

    @Test func theWholeSampleGivesTheCountsThatItsAuthorsState() throws {
        try ImportWorld.with { world in
            let folder = world.catalog.home.path("examples/kuairand") + "/"
            func load(_ name: String) throws -> ImportSummary {
                try world.importer.run(
                    ImportRequest(
                        source: .files([folder + name + ".csv.gz"]),
                        mapping: ImportMapping(path: folder + name + ".yaml"),
                        maximumRejects: .count(0)))
            }
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let counts = try decoder.decode(
                Counts.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "counts.json")))

            #expect(try load("users").loadedCount == counts.usersRows)
            #expect(try load("videos").loadedCount == counts.videosRows)
            #expect(try load("interactions").readCount == counts.interactions)

            let found = Dictionary(
                uniqueKeysWithValues: try world.connection.query(
                    """
                    select a.action_name, sum(i.repeat_count)::bigint
                    from source.interactions as i
                    inner join source.actions as a on a.action_id = i.action_id
                    group by a.action_name
                    """, as: (String, Int64).self))
            let names = [
                "is_click": "click", "is_like": "like", "is_follow": "follow",
                "is_comment": "comment", "is_forward": "forward", "is_hate": "hide",
                "long_view": "long_view", "is_profile_enter": "profile_visit",
            ]
            #expect(found["impression"] == Int64(counts.interactions))
            for (column, action) in names {
                #expect(found[action].map(Int.init) == counts.sums[column], "\(action)")
            }

            // Part of the history: all of it takes long in a debug build.
            var bytes: [UInt8] = []
            try ByteStream.file(folder + "history.csv.gz").forEachChunk { bytes += $0.bytes }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(1_501)
            let history = try world.importer.run(
                ImportRequest(
                    source: .files([
                        try world.file("history.csv", lines.joined(separator: "\n"))
                    ]),
                    mapping: ImportMapping(path: folder + "history.yaml")))
            #expect(history.readCount == 1_500 && history.rejectedCount == 0)
            let listed = lines.dropFirst().reduce(0) { count, line in
                let watched = line.split(separator: ",", omittingEmptySubsequences: false)[3]
                return count + watched.split(separator: " ").count
            }
            #expect(
                try world.connection.value(
                    """
                    select sum(repeat_count)::bigint from source.interactions
                    where surface = 'history' and action_id = 1
                    """, as: Int.self) == listed)
            // The same content without compression, under another name, adds nothing.
            var text: [UInt8] = []
            try ByteStream.file(folder + "videos.csv.gz").forEachChunk { text += $0.bytes }
            let plain = try world.importer.run(
                ImportRequest(
                    source: .files([try world.file("plain", text)]),
                    mapping: ImportMapping(path: folder + "videos.yaml")))
            #expect(plain.readCount == counts.videosRows && plain.loadedCount == 0)
            #expect(
                try world.count(
                    "source.interactions where known_at < occurred_at") == 0)
        }
    }
}
