public import NeuralNetwork

/// The artefact of a model, version 2. Its blocks are
///
///     float32…  dense parameters
///     …         every table, in the format of the configuration's tableStorage
extension TwoTowerModel {
    private static let format = ArtefactFormat(
        magic: "VTWOTOWR", version: 2, kind: "a two-tower")

    private struct Header: Codable {
        var configuration: TwoTowerConfiguration
        var sizes: ModelSizes
        var standardisation: InputStandardisation
        var seed: UInt64
    }

    /// The model as bytes, which `init(decoding:)` reads back to the last bit.
    public func encoded() -> [UInt8] {
        let header = Header(
            configuration: configuration, sizes: architecture.sizes,
            standardisation: standardisation, seed: seed)
        return Self.format.encoded(header: header) { append in
            parameters.dense.withUnsafeBytes { append($0, 4) }
            for table in parameters.tables {
                append(UnsafeRawBufferPointer(table.bytes), table.view.storage.valueSize)
            }
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
        let architecture = Architecture(header.configuration, header.sizes)
        guard header.standardisation.users.hasColumns(architecture.userNumberCount),
            header.standardisation.items.hasColumns(header.sizes.numericNames.count)
        else {
            throw ModelError(
                .corruptArtefact, "model artefact and its header differ in size")
        }
        let (dense, tables) = try reader.parameters(
            denseCount: architecture.denseCount,
            tables: architecture.tables.map { ($0.rows, $0.width) },
            storage: header.configuration.tableStorage)
        let parameters = Parameters(dense: dense, tables: tables)
        self.init(
            architecture: architecture, parameters: parameters,
            standardisation: header.standardisation, seed: header.seed)
    }
}
