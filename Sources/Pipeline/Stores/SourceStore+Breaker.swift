import Jobs
import Postgres

/// When a source that fails is no longer asked.
public struct SourceBreakerSettings: Sendable, Equatable {
    /// Runs in a row in which it fails before it is no longer asked.
    public var failureLimit = 3
    /// Days after which it is asked again.
    public var retryDays = 7

    public init() {}
}

extension SourceStore {
    /// What a source proposes to the users of some buckets; nil when its statement raises an error twice.
    ///
    /// The funnel goes on without it. A connection that broke, or a stop that was asked for, is not the
    /// source's fault, and is thrown.
    ///
    /// - Parameter failed: Given the first line of the second error.
    func proposals(
        of source: Source, buckets: ClosedRange<Int16>, _ arguments: [String: Bind],
        failed: (String) throws -> Void
    ) throws -> [Proposal]? {
        for attempt in 1...2 {
            do {
                // A savepoint: what failed takes nothing with it.
                return try context.connection.withTransaction {
                    try proposals(of: source, buckets: buckets, arguments)
                }
            } catch {
                try context.stop.check()
                guard context.connection.isOpen, !(error is TransactionError) else { throw error }
                let line = "\(error)".split(separator: "\n").first.map(String.init) ?? ""
                if attempt == 1 {
                    context.progress("source \(source.name) is asked again: \(line)")
                } else {
                    context.progress("source \(source.name) is left out: \(line)")
                    try failed(line)
                }
            }
        }
        return nil
    }

    /// Records that a source failed, and leaves it out of the publication from here on.
    func recordFailure(
        of source: Source, _ message: String, publicationID: Int64,
        _ breaker: SourceBreakerSettings
    ) throws {
        try context.run(
            "retrieve/record_failure",
            [
                "publication_id": Bind(publicationID), "run_id": Bind(context.runID),
                "as_of_date": Bind(context.asOfDate), "source_name": Bind(source.name),
                "error_message": Bind(message),
                "failure_limit": Bind(Int32(breaker.failureLimit)),
            ])
    }

    /// Closes the breakers of sources that answered.
    func recordSuccess(of sources: [Source]) throws {
        try context.run(
            "retrieve/record_success",
            ["source_names": Bind(sources.map(\.name)), "run_id": Bind(context.runID)])
    }
}
