/// How the embeddings of a space are stored, and with how many users the loss is measured.
///
/// One encoding for users and one for items: users are by far the larger table, and SQL reads one of
/// them at a time, while a search in SQL reads thousands of items.
public struct EmbeddingSettings: Codable, Sendable, Equatable {
    /// How embeddings of users are stored.
    public var userEncoding = EmbeddingEncoding.real
    /// How embeddings of items are stored.
    public var itemEncoding = EmbeddingEncoding.real
    /// Users that the loss of recall by each encoding is measured with; 0 measures nothing.
    public var recallSample = 1000

    public init() {}
}
