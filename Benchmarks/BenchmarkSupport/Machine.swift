import Foundation
import LinearAlgebra

/// What the figures of a run stand on.
public enum Machine {
    /// The processor as the kernel names it.
    public static var processorName: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map {
            $0.trimmingCharacters(in: .whitespaces)
        } ?? "unknown"
    }

    /// The processor, and how many cores of it there are.
    public static var summary: String {
        "\(processorName), \(ProcessInfo.processInfo.activeProcessorCount) cores"
    }

    /// Floating-point operations a second of A · Bᵀ alone, rows cut into one part a thread.
    public static func gemmRate(rows: Int, columns: Int, inner: Int, threadCount: Int) -> Double {
        var generator = SeededGenerator(seed: 1)
        let a = Matrix.gaussian(rows: rows, columns: inner, deviation: 1, using: &generator)
        let b = Matrix.gaussian(rows: columns, columns: inner, deviation: 1, using: &generator)
        let repeats = 200
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<3 {
            let start = clock.now
            _ = Matrix(rows: rows, columns: columns) { result in
                a.withView { a in
                    b.withView { b in
                        let part = (rows + threadCount - 1) / threadCount
                        parallelChunks(of: rows, chunkSize: part, threadCount: threadCount) {
                            _, range in
                            for _ in 0..<repeats {
                                BLAS.multiply(
                                    a.rows(range), b, transposing: .second,
                                    into: result.rows(range))
                            }
                        }
                    }
                }
            }
            let seconds = (clock.now - start) / .seconds(1)
            best = max(best, 2 * Double(rows * columns * inner * repeats) / seconds)
        }
        return best
    }
}
