import Foundation
import Postgres

/// Parameters of a statement from a `jsonb` column, by name.
enum StatementParameters {
    /// Reads a JSON object of whole numbers, numbers, texts, truth values and arrays of text.
    ///
    /// - Parameter owner: Whose parameters they are, for errors.
    /// - Throws: ``PipelineError`` where a value is of another kind; the message names the parameter.
    static func binds(_ json: JSONB, of owner: String) throws -> [String: Bind] {
        let values = try JSONDecoder().decode([String: Value].self, from: Data(json.text.utf8))
        return try values.reduce(into: [:]) { binds, entry in
            guard let bind = entry.value.bind else {
                throw PipelineError(
                    "the parameter \(entry.key) of \(owner) is of no kind that statements take",
                    hint: "Give a number, a text, true or false, or an array of text.")
            }
            binds[entry.key] = bind
        }
    }

    private struct Value: Decodable {
        let bind: Bind?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                bind = Bind(value)
            } else if let value = try? container.decode(Int32.self) {
                bind = Bind(value)
            } else if let value = try? container.decode(Double.self) {
                bind = Bind(value)
            } else if let value = try? container.decode(String.self) {
                bind = Bind(value)
            } else if let value = try? container.decode([String].self) {
                bind = Bind(value)
            } else {
                bind = nil
            }
        }
    }
}
