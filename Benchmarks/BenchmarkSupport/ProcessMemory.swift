import Foundation

/// The memory of this process, as the kernel counts it.
public struct ProcessMemory {
    /// Bytes in memory now.
    public let resident: Int
    /// The most bytes that were ever in memory.
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

    /// The system does not say how much memory a process has.
    public struct Unavailable: Error, CustomStringConvertible {
        /// What is missing.
        public let description = "no /proc/self/status to read the memory of the process from"
    }
}
