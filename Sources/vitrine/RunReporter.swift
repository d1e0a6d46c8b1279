import Foundation
import Jobs
import Logging

/// Says on standard error how a run goes on: lines for people on a terminal, log entries with
/// structured fields anywhere else, such as under cron.
struct RunReporter {
    private let logger: Logger?

    /// - Parameters:
    ///   - job: Named in every log entry.
    ///   - isForPeople: Whether somebody is looking; by default, when standard error is a terminal.
    init(job: String, isForPeople: Bool = isatty(STDERR_FILENO) == 1) {
        guard !isForPeople else {
            logger = nil
            return
        }
        var logger = Logger(label: "vitrine") { StreamLogHandler.standardError(label: $0) }
        logger[metadataKey: "job"] = "\(job)"
        self.logger = logger
    }

    func report(_ event: JobRunner.Event) {
        if let logger { log(event, to: logger) } else { show(event) }
    }

    private func show(_ event: JobRunner.Event) {
        switch event {
        case .runStarted(let runID, let doneSteps):
            StandardError.print(
                doneSteps == 0
                    ? "run \(runID)" : "run \(runID), taken up after \(doneSteps) steps")
        case .stepStarted(let step, let position, let count):
            StandardError.print("[\(position)/\(count)] \(step)")
        case .progress(_, let line):
            StandardError.print("        \(line)")
        case .stepFinished(_, let report, let duration):
            var parts = [Format.duration(duration / .seconds(1))]
            if let rows = report.rowsIn { parts.append("\(Format.count(rows)) rows in") }
            if let rows = report.rowsOut { parts.append("\(Format.count(rows)) rows out") }
            StandardError.print("        done: \(parts.joined(separator: ", "))")
        case .stepRetried(let step, let message):
            StandardError.print("        \(step) is tried again: \(message)")
        }
    }

    private func log(_ event: JobRunner.Event, to logger: Logger) {
        switch event {
        case .runStarted(let runID, let doneSteps):
            logger.info(
                "run started", metadata: ["run": "\(runID)", "done_steps": "\(doneSteps)"])
        case .stepStarted(let step, let position, let count):
            logger.info(
                "step started", metadata: ["step": "\(step)", "position": "\(position)/\(count)"])
        case .progress(let step, let line):
            logger.info("step progress", metadata: ["step": "\(step)", "progress": "\(line)"])
        case .stepFinished(let step, let report, let duration):
            var metadata: Logger.Metadata = [
                "step": "\(step)", "seconds": "\(Format.fixed(duration / .seconds(1), 3))",
            ]
            if let rows = report.rowsIn { metadata["rows_in"] = "\(rows)" }
            if let rows = report.rowsOut { metadata["rows_out"] = "\(rows)" }
            logger.info("step finished", metadata: metadata)
        case .stepRetried(let step, let message):
            logger.warning("step retried", metadata: ["step": "\(step)", "error": "\(message)"])
        }
    }
}

/// Standard error, a line at a time.
enum StandardError {
    static func print(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
