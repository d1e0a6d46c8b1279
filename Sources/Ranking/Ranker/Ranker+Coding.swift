public import NeuralNetwork

/// The artefact of a ranker, version 1. Its blocks are the dense parameters and then every table, in
/// float32.
extension Ranker {
    private static let format = ArtefactFormat(magic: "VTRANKER", version: 1, kind: "a ranker")

    private struct Header: Codable {
        var configuration: RankerConfiguration
        var schema: RankerSchema
        var scales: [TaskScale]
        var standardisation: RankerStandardisation
        var seed: UInt64
    }

    /// The ranker as bytes, which `init(decoding:)` reads back to the last bit.
    public func encoded() -> [UInt8] {
        let header = Header(
            configuration: configuration, schema: schema, scales: loss.scales,
            standardisation: standardisation, seed: seed)
        return Self.format.encoded(header: header) { append in
            parameters.dense.withUnsafeBytes { append($0, 4) }
            for table in parameters.tables { append(UnsafeRawBufferPointer(table.bytes), 4) }
        }
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptArtefact` when bytes are missing, damaged, or of another version.
    public init(decoding bytes: [UInt8]) throws(ModelError) {
        let header: Header
        var reader: ArtefactReader
        (header, reader) = try Self.format.reader(bytes, header: Header.self)
        try header.configuration.validate()
        try header.schema.validate()
        guard header.scales.count == header.schema.tasks.count,
            header.standardisation.context.hasColumns(header.schema.context.numbers.count),
            header.standardisation.candidate.hasColumns(header.schema.candidate.numbers.count)
        else {
            throw ModelError(.corruptArtefact, "model artefact and its header differ in size")
        }
        let architecture = RankerArchitecture(header.configuration, header.schema)
        let (dense, tables) = try reader.parameters(
            denseCount: architecture.denseCount, tables: architecture.tables,
            storage: .float32)
        let parameters = RankerParameters(dense: dense, tables: tables)
        self.init(
            architecture: architecture, parameters: parameters,
            loss: RankerLoss(tasks: header.schema.tasks, scales: header.scales),
            standardisation: header.standardisation, seed: header.seed)
    }
}
