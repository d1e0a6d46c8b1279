import NeuralNetwork

/// A categorical feature: a column of lists of ids, any number to a row.
public struct RankerCategory: Codable, Sendable, Equatable {
    /// For messages, and to match columns when the model serves.
    public var name: String
    /// Rows of its table of embeddings, beside one for an empty list.
    public var rows: Int
    /// Whether an id is any number, which is hashed to a row; otherwise it is an index below `rows`,
    /// and one that is not counts as absent.
    public var isHashed: Bool

    /// A column of ids.
    public init(name: String, rows: Int, isHashed: Bool = false) {
        self.name = name
        self.rows = rows
        self.isHashed = isHashed
    }
}

/// Features of one side: of the context (who asks, when, where) or of a candidate.
public struct RankerColumns: Codable, Sendable, Equatable {
    /// The name of each numeric column.
    public var numbers: [String]
    /// The categorical columns.
    public var categories: [RankerCategory]

    /// Columns of one side.
    public init(numbers: [String] = [], categories: [RankerCategory] = []) {
        self.numbers = numbers
        self.categories = categories
    }
}

/// One thing that the ranker predicts.
public struct RankerTask: Codable, Sendable, Equatable {
    /// What its label is.
    public enum Kind: String, Codable, Sendable {
        /// 0 or 1; the prediction is a probability.
        case binary
        /// Seconds, 0 or more; the prediction is their expectation.
        case duration
    }

    /// Such as `click`.
    public var name: String
    /// What its label is.
    public var kind: Kind
    /// Weight of its loss beside those of the other tasks, each of which is 1 for a model that knows
    /// base rates alone.
    public var weight: Float

    /// A task.
    public init(name: String, kind: Kind = .binary, weight: Float = 1) {
        self.name = name
        self.kind = kind
        self.weight = weight
    }
}

/// What a ranker reads and predicts; recorded with the model.
public struct RankerSchema: Codable, Sendable, Equatable {
    /// Features of the context.
    public var context: RankerColumns
    /// Features of a candidate.
    public var candidate: RankerColumns
    /// Length of the embeddings of candidates and histories; 0 for none.
    public var embeddingWidth: Int
    /// What is predicted.
    public var tasks: [RankerTask]

    /// A schema.
    public init(
        context: RankerColumns, candidate: RankerColumns, embeddingWidth: Int, tasks: [RankerTask]
    ) {
        self.context = context
        self.candidate = candidate
        self.embeddingWidth = embeddingWidth
        self.tasks = tasks
    }

    /// Refuses a schema that cannot be learned.
    func validate() throws(ModelError) {
        guard !tasks.isEmpty else {
            throw ModelError(.invalidData, "ranker has no task")
        }
        guard Set(tasks.map(\.name)).count == tasks.count else {
            throw ModelError(.invalidData, "ranker has two tasks of one name")
        }
        guard tasks.allSatisfy({ $0.weight >= 0 && $0.weight.isFinite }) else {
            throw ModelError(.invalidData, "a task has a weight that is negative or not finite")
        }
        for side in [context, candidate] {
            let names = side.numbers + side.categories.map(\.name)
            guard Set(names).count == names.count else {
                throw ModelError(.invalidData, "ranker has two features of one name on one side")
            }
            for category in side.categories where category.rows < 1 || category.rows >= 1 << 31 {
                throw ModelError(
                    .invalidData, "category \(category.name) needs 1 to 2147483647 rows")
            }
        }
        guard embeddingWidth >= 0 else {
            throw ModelError(.invalidData, "width of embeddings is negative")
        }
    }
}
