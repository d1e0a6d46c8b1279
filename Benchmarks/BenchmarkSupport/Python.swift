import Foundation

/// A Python interpreter that runs the peers of benchmarks.
public struct Python {
    private let interpreter: String

    /// - Parameter interpreter: A path, or a name to look for in PATH.
    public init(_ interpreter: String) {
        self.interpreter = interpreter
    }

    /// Whether it has a module.
    public func has(_ module: String) -> Bool {
        (try? run(["-c", "import \(module)"])) != nil
    }

    /// Runs it to its end and returns what it printed.
    ///
    /// - Throws: `Failure` when it does not end well.
    public func run(_ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return String(decoding: data, as: UTF8.self)
    }

    /// The fields `name=value` of a line, by name.
    public static func fields(_ line: String) -> [String: String] {
        Dictionary(
            line.split(whereSeparator: \.isWhitespace).compactMap { field in
                let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
                return parts.count == 2 ? (parts[0], parts[1]) : nil
            }, uniquingKeysWith: { $1 })
    }

    /// The interpreter ended with an error.
    public struct Failure: Error, CustomStringConvertible {
        /// What to do.
        public let description = "peer.py failed; run it by hand to see why"
    }
}
