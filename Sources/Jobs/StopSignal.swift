import Postgres
import Synchronization

/// Why a run is asked to end before its time.
public enum StopReason: Int, Sendable {
    /// Somebody interrupted it: Ctrl-C, or SIGTERM from the scheduler.
    case interrupted = 1
    /// The deadline of the job has passed.
    case deadline = 2
}

/// Thrown by ``StopSignal/check()`` once a stop was asked for.
public struct Stopped: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: StopReason

    public var description: String {
        switch reason {
        case .interrupted: "stopped by a signal"
        case .deadline: "the deadline of the job has passed"
        }
    }
}

/// A request to stop, made on any thread and answered by the work once per batch.
///
/// Requesting also cancels the statement that is under way.
public final class StopSignal: Sendable {
    private let state = Atomic<Int>(0)
    private let canceller = Mutex<Canceller?>(nil)

    public init() {}

    /// Asks for a stop; the first reason stays.
    public func request(_ reason: StopReason) {
        _ = state.compareExchange(
            expected: 0, desired: reason.rawValue, ordering: .acquiringAndReleasing)
        canceller.withLock { $0 }?.cancel()
    }

    public var reason: StopReason? {
        StopReason(rawValue: state.load(ordering: .acquiring))
    }

    /// - Throws: ``Stopped`` once a stop was asked for.
    public func check() throws {
        if let reason { throw Stopped(reason: reason) }
    }

    /// Says whose statement is to be cancelled; nil for none.
    func watch(_ canceller: Canceller?) {
        self.canceller.withLock { $0 = canceller }
    }
}
