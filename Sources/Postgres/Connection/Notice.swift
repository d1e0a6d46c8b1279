/// A message of the server that is not an error: a notice, a warning, or what `raise notice` says.
public struct Notice: Hashable, Sendable {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`.
    public var severity: String
    public var message: String
    public var sqlState: SQLState
    public var detail: String?
    public var hint: String?
}
