import EmbeddedPostgres
import Foundation

/// `psql` as the measure: its `\copy` in binary format.
struct Psql {
    let uri: String

    /// - Parameter direction: `to 'file'` or `from 'file'`.
    func copy(_ direction: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try ServerPrograms.find().psql)
        process.arguments = [
            "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c",
            "\\copy copy_benchmark \(direction) (format binary)", uri,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
