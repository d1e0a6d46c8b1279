import NeuralNetwork
import Postgres
import Testing
import TwoTower

@testable import Pipeline

@Suite struct ModelArtefactTests {
    /// The bytes of the serving model of the planted world.
    private static let bytes = Result {
        try Databases.withPublication { connection, _ in
            try connection.query(
                """
                select content from model.artefacts inner join model.models using (model_id)
                where purpose = 'serving' order by part_number
                """, as: [UInt8].self
            ).flatMap { $0 }
        }
    }

    @Test func `what was written is read back whole`() throws {
        let bytes = try Self.bytes.get()
        let artefact = try ModelArtefact(decoding: bytes)
        #expect(artefact.encoded() == bytes)
        #expect(artefact.vocabularies.items.count == 120)
        #expect(artefact.vocabularies.users.count == 240)
        #expect(artefact.vocabularies.creators.count == 8)
        #expect(
            Set(artefact.vocabularies.tags.keys) == Set(["all"] + (0..<4).map { "topic \($0)" }))
        #expect(artefact.vocabularies.profile.map { Set($0.keys) } == [["phone", "tablet"]])
        #expect(artefact.model.dimension == 13)
    }

    @Test func `a file cut short anywhere is refused`() throws {
        let bytes = try Self.bytes.get()
        let accepted = stride(from: 0, to: bytes.count, by: 97).filter { length in
            !isRefused(Array(bytes[..<length]))
        }
        #expect(accepted == [], "of \(bytes.count) bytes")
    }

    @Test func `a flipped bit anywhere is noticed`() throws {
        let bytes = try Self.bytes.get()
        let accepted = stride(from: 0, to: bytes.count, by: 89).filter { position in
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            return !isRefused(damaged)
        }
        #expect(accepted == [], "of \(bytes.count) bytes")
    }

    @Test(arguments: [
        [], Array("VITRINE1".utf8), Array("not a model at all".utf8),
        Array("VITRINE1".utf8) + [UInt8](repeating: 0xFF, count: 64),
        Array("VITRINE1".utf8) + [UInt8](repeating: 0, count: 64),
    ])
    func `something else is refused`(bytes: [UInt8]) {
        #expect(isRefused(bytes))
    }

    @Test func `something behind the end is refused`() throws {
        #expect(isRefused(try Self.bytes.get() + [0]))
    }

    /// Whether the bytes are refused with an error that says what to do.
    private func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try ModelArtefact(decoding: bytes)
            return false
        } catch {
            return (error is PipelineError || error is ModelError)
                && "\(error)".contains("artefact")
        }
    }
}
