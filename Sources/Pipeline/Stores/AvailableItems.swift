import Jobs
import Postgres

/// Items that may be recommended now.
enum AvailableItems {
    static func ids(_ context: StepContext) throws -> Set<Int64> {
        Set(
            try context.connection.query(
                try context.query(
                    "retrieve/available_items", ["as_of_date": Bind(context.asOfDate)]),
                as: Int64.self))
    }
}
