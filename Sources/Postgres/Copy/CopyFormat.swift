/// The binary format of COPY (PostgreSQL manual, COPY, "Binary Format").
enum CopyFormat {
    /// The signature, then 32 bits of flags and the length of the header's extension, both zero.
    static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

    /// The field count that stands for the end of the data.
    static let trailer: Int16 = -1

    /// Length of the signature alone.
    static let signatureSize = 11
}
