public import Postgres

extension CronSchedule {
    /// The newest moment of the schedule that is not after another, in UTC; nil where the schedule has
    /// none in the eight years before.
    ///
    /// Where both the day of month and the day of week are restricted, either may match (crontab(5)).
    public func newestMoment(notAfter limit: Timestamp) -> Timestamp? {
        let fields = text.split(separator: " ").map(String.init)
        let values = zip(fields, Self.fields).map { Self.values($0, $1) }
        let (minutes, hours) = (values[0].sorted(by: >), values[1].sorted(by: >))
        let weekdays = Set(values[4].map { $0 % 7 })
        let isAnyDay = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        // Eight years hold a 29 February, across a century that has none too.
        for age in 0...(8 * 366) {
            let date = limit.date.advanced(by: -age)
            let parts = "\(date)".split(separator: "-").compactMap { Int($0) }
            guard parts.count == 3, values[3].contains(parts[1]) else { continue }
            // 1970-01-01 was a Thursday.
            let weekday = (Int(date.daysSinceEpoch) % 7 + 11) % 7
            let (fitsDay, fitsWeekday) = (
                values[2].contains(parts[2]), weekdays.contains(weekday)
            )
            guard isAnyDay ? fitsDay && fitsWeekday : fitsDay || fitsWeekday else { continue }
            for hour in hours {
                for minute in minutes {
                    let moment = Timestamp(
                        microsecondsSinceEpoch: Timestamp(date).microsecondsSinceEpoch
                            + Int64(hour * 60 + minute) * 60_000_000)
                    if moment <= limit { return moment }
                }
            }
        }
        return nil
    }

    /// The values that a field stands for.
    ///
    /// - Precondition: The field is valid.
    private static func values(_ part: String, _ field: Field) -> Set<Int> {
        part.split(separator: ",").reduce(into: []) { values, element in
            let pieces = element.split(separator: "/")
            let step = pieces.count == 2 ? Int(pieces[1]) ?? 1 : 1
            let ends = pieces[0].split(separator: "-").compactMap { value($0, field) }
            let (from, until) =
                pieces[0] == "*"
                ? (field.range.lowerBound, field.range.upperBound) : (ends[0], ends.last!)
            values.formUnion(stride(from: from, through: until, by: step))
        }
    }
}
