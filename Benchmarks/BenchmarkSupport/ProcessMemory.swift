import Foundation

/// The memory of this process, as the kernel counts it.
public struct ProcessMemory {
    /// Bytes in memory now.
    public let resident: Int
    /// The most bytes that were in memory since the process began, or since `resetPeak`.
    public let peak: Int

    /// Reads `/proc/self/status`.
    ///
    /// - Throws: `Unavailable` on a system without it.
    public static func read() throws -> ProcessMemory {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func bytes(_ name: String) throws -> Int {
            // For example "VmHWM:   123456 kB".
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
                let value = Int(kilobytes)
            else { throw Unavailable() }
            return value * 1_024
        }
        return try ProcessMemory(resident: bytes("VmRSS"), peak: bytes("VmHWM"))
    }

    /// Lets the peak begin anew from what is in memory now.
    ///
    /// - Throws: `Unavailable` on a system without `/proc/self/clear_refs`.
    public static func resetPeak() throws {
        // Five resets the peak (proc(5)).
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else {
            throw Unavailable()
        }
        try file.write(contentsOf: Data("5".utf8))
    }

    /// The system does not say how much memory a process has.
    public struct Unavailable: Error, CustomStringConvertible {
        /// What is missing.
        public let description = "no /proc/self to read the memory of the process from"
    }
}
