import Postgres

extension Range<PostgresDate> {
    /// The days of the range, ascending.
    var days: [PostgresDate] {
        (lowerBound.daysSinceEpoch..<upperBound.daysSinceEpoch).map {
            PostgresDate(daysSinceEpoch: $0)
        }
    }
}
