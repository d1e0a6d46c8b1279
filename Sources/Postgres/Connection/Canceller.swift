internal import CLibPQ

/// Cancels what a connection is doing, from any thread, over libpq's `PQcancel`.
///
///     let canceller = try connection.canceller()
///     // elsewhere, while the connection waits:
///     canceller.cancel()
///
/// The statement then fails with `query_canceled` (57014). One that has already finished is not
/// affected.
// @unchecked: the PGcancel is immutable after PQgetCancel, and PQcancel is documented as safe to
// call from any thread and from a signal handler.
public final class Canceller: @unchecked Sendable {
    private let handle: OpaquePointer

    init(connection: OpaquePointer) throws {
        guard let handle = PQgetCancel(connection) else {
            throw PostgresError(.connectionLost, "connection lost")
        }
        self.handle = handle
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Asks the server to stop the statement in progress.
    ///
    /// - Returns: Whether the request was delivered; the statement may finish all the same.
    @discardableResult
    public func cancel() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            PQcancel(handle, buffer.baseAddress!, Int32(buffer.count)) == 1
        }
    }
}
