/// Year, month and day of the proleptic Gregorian calendar, as PostgreSQL counts.
///
/// Year 0 is 1 BC. The arithmetic is that of Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (2014), which counts from 1 March of a 400-year era.
struct CivilDate: Hashable {
    var year: Int
    var month: Int
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date a number of days after 1970-01-01.
    init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days from 1970-01-01.
    var daysSinceEpoch: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Reads `YYYY-MM-DD`, the year with four digits or more; nil for a day that does not exist.
    init?(iso text: Substring, beforeChrist: Bool) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, (4...7).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
            parts[2].utf8.count == 2,
            let written = decimal(parts[0]), let month = decimal(parts[1]),
            let day = decimal(parts[2]), written > 0
        else { return nil }
        self.init(year: beforeChrist ? 1 - written : written, month: month, day: day)
        guard (1...12).contains(month), day >= 1,
            CivilDate(daysSinceEpoch: daysSinceEpoch) == self
        else { return nil }
    }

    /// `YYYY-MM-DD`; the year is written without its sign.
    var iso: String {
        let written = year > 0 ? year : 1 - year
        return "\(padded(written, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    var isBeforeChrist: Bool { year <= 0 }
}

/// Digits alone, without the signs that `Int(_:)` accepts.
func decimal(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
}

func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
