import Foundation
import Jobs

/// Says on standard error how a run goes on.
struct RunReporter {
    func report(_ event: JobRunner.Event) {
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
}

/// Standard error, a line at a time.
enum StandardError {
    static func print(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
