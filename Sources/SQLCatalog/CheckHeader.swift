/// What the header of a check of the data says beside what every header does.
///
///     -- Check     warn
///     -- Owner     data
///     -- Action    See why the log of the day was not delivered, and import it.
///     -- Settings  smallest_share 0.05, window_days 7
public struct CheckHeader: Hashable, Sendable {
    /// What a violation does to the job.
    public enum Severity: String, CaseIterable, Sendable {
        /// Stops it.
        case fail
        /// Is recorded, and the job goes on.
        case warn
    }

    public var severity: Severity
    /// Who sees to it.
    public var owner: String
    /// What to do, on one line.
    public var action: String
    /// Numbers that the statement takes as parameters, by name, with their defaults.
    public var settings: [String: Double]

    /// - Throws: ``CatalogError`` naming the file and the field that is missing or cannot be read.
    public init(of script: SQLScript) throws {
        func field(_ name: String) throws -> String {
            guard let text = script.header.fields[name], !text.isEmpty else {
                throw CatalogError(
                    "\(script.file) is a check without \(name) in its header",
                    hint: "A check says Check, Owner and Action; docs/validation.md has an example."
                )
            }
            return text
        }
        guard let severity = Severity(rawValue: try field("Check")) else {
            throw CatalogError("\(script.file) has a check that is neither fail nor warn")
        }
        self.severity = severity
        owner = try field("Owner")
        action = try field("Action")
        settings = try script.header.settings(in: script.file)
    }
}

extension SQLHeader {
    /// The numbers after `Settings`: pairs of name and default, separated by commas.
    ///
    /// - Parameter file: Path of the file, for errors.
    /// - Throws: ``CatalogError`` for what is no such pair, and for a name that comes twice.
    public func settings(in file: String) throws -> [String: Double] {
        var settings: [String: Double] = [:]
        for pair in (fields["Settings"] ?? "").split(separator: ",") {
            let words = pair.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]), value.isFinite else {
                throw CatalogError(
                    "\(file) has Settings that are no pairs of name and number",
                    hint: "Write them as: smallest_share 0.05, window_days 7.")
            }
            guard settings.updateValue(value, forKey: String(words[0])) == nil else {
                throw CatalogError("\(file) has the setting \(words[0]) twice")
            }
        }
        return settings
    }
}
