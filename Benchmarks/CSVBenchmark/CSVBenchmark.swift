import ArgumentParser
import BenchmarkSupport
import DelimitedText
import Foundation

/// Reading of delimited text: megabytes a second, and how much memory a large stream takes.
///
/// The stream is made of the same block over and over: 19 columns of short numbers, one record in a
/// hundred with quotes. Records and the sum of one column are checked.
@main
struct CSVBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "csv-benchmark")

    @Option(help: "Megabytes in the stream.")
    var megabytes = 1_000

    func run() throws {
        var text = ""
        let recordsPerBlock = 10_000
        for index in 0..<recordsPerBlock {
            let name = index % 100 == 0 ? "\"a, \"\"b\"\"\"" : "tab"
            text +=
                "\(index),5239,20220425,0,1650812741436,1,0,0,0,0,0,1,61802,49866,0,0,0,0,\(name)\n"
        }
        let block = Array(text.utf8)
        let blockCount = megabytes * 1_000_000 / block.count
        let stream = ByteStream(name: "benchmark") { body in
            for _ in 0..<blockCount { try block.withUnsafeBytes { try body($0) } }
        }
        let before = try ProcessMemory.read().peak
        var records = 0
        var sum = 0
        let clock = ContinuousClock()
        let elapsed = try clock.measure {
            try stream.forEachRecord(format: DelimitedFormat(hasHeader: false)) { record in
                precondition(record.fault == nil && record.fieldCount == 19)
                records += 1
                for byte in record[0] { sum += Int(byte) }
            }
        }
        precondition(records == blockCount * recordsPerBlock, "records are missing")
        let expected = (0..<recordsPerBlock).reduce(0) { total, index in
            String(index).utf8.reduce(total) { $0 + Int($1) }
        }
        precondition(sum == blockCount * expected, "fields are wrong")
        let seconds = elapsed / .seconds(1)
        let size = Double(block.count * blockCount) / 1e6
        let after = try ProcessMemory.read().peak
        print(
            String(
                format: "csv %.0f MB, %d records: %.0f MB/s, %.2f M records/s, one thread; "
                    + "peak memory %.0f MB before, %.0f MB after",
                size, records, size / seconds, Double(records) / seconds / 1e6,
                Double(before) / 1e6, Double(after) / 1e6))
    }
}
