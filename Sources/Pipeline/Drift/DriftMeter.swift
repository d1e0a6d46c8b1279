import Evaluation
import Jobs
import LinearAlgebra
import Postgres

/// Compares what a run has seen and made with the references: rows of `monitor.drift`.
///
/// SQL does it in one pass over each table. The classifier of embeddings alone is computed here.
struct DriftMeter {
    let context: StepContext
    let publicationID: Int64
    let spaceID: Int64

    /// - Returns: Rows written.
    @discardableResult
    func measure() throws -> Int {
        var arguments: [String: Bind] = [
            "run_id": Bind(context.runID), "as_of_date": Bind(context.asOfDate),
            "publication_id": Bind(publicationID), "space_id": Bind(spaceID),
        ]
        try context.run("monitor/drift/clear", arguments)
        try DriftReferences(context: context, spaceID: spaceID)
            .freezeServed(publicationID: publicationID)
        let subjects = try context.connection.value(
            try context.query("monitor/drift/compared_subjects", arguments), as: [String].self)
        arguments["subjects"] = Bind(subjects)
        for kind in ["numbers", "categories", "rates"] {
            try context.run("monitor/drift/observe_\(kind)", arguments)
        }
        var rows = try context.run("monitor/drift/compare", arguments)
        for subject in ["user_embeddings", "item_embeddings"] {
            rows += try compareEmbeddings(subject, arguments)
        }
        try context.run("monitor/drift/adjust", arguments)
        return rows
    }

    // MARK: - Embeddings

    /// A sample of embeddings with the sums of its components.
    private struct Sample {
        var ids: [Int64] = []
        var elements: [Float] = []
        var date: PostgresDate?

        func matrix(columns: Int) -> Matrix {
            Matrix(rows: ids.count, columns: columns, elements: elements)
        }

        func centroid(columns: Int) -> [Double] {
            var sums = [Double](repeating: 0, count: columns)
            for (place, element) in elements.enumerated() {
                sums[place % columns] += Double(element)
            }
            return sums.map { $0 / Double(max(ids.count, 1)) }
        }
    }

    private func compareEmbeddings(_ subject: String, _ arguments: [String: Bind]) throws -> Int {
        var arguments = arguments
        arguments["subject"] = Bind(subject)
        var (old, new) = (Sample(), Sample())
        try context.connection.forEachRow(
            try context.query("monitor/drift/embedding_samples", arguments),
            as: (Int64, PostgresDate?, [Float]).self
        ) { id, date, embedding in
            if let date {
                old.ids.append(id)
                old.elements += embedding
                old.date = date
            } else {
                new.ids.append(id)
                new.elements += embedding
            }
        }
        guard let date = old.date, !new.ids.isEmpty else { return 0 }
        let columns = old.elements.count / old.ids.count
        var rows: [(statistic: String, value: Double, effect: Double, pValue: Double)] = []
        if let cosine = Self.cosine(old.centroid(columns: columns), new.centroid(columns: columns))
        {
            rows.append(("centroid_distance", 1 - cosine, 1 - cosine, .nan))
        }
        let classifier = DomainClassifier(
            .init(ids: old.ids, vectors: old.matrix(columns: columns)),
            .init(ids: new.ids, vectors: new.matrix(columns: columns)))
        if let classifier {
            rows.append(
                (
                    "domain_classifier", classifier.auc, max(classifier.auc - 0.5, 0),
                    classifier.pValue
                ))
        }
        arguments["reference_date"] = Bind(date)
        arguments["statistics"] = Bind(rows.map(\.statistic))
        arguments["values"] = Bind(rows.map(\.value))
        arguments["effects"] = Bind(rows.map(\.effect))
        arguments["p_values"] = Bind(rows.map(\.pValue))
        arguments["reference_count"] = Bind(Double(old.ids.count))
        arguments["current_count"] = Bind(Double(new.ids.count))
        return try context.run("monitor/drift/record_embeddings", arguments)
    }

    /// Nil where one of the two is 0.
    private static func cosine(_ a: [Double], _ b: [Double]) -> Double? {
        func product(_ x: [Double], _ y: [Double]) -> Double {
            zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let lengths = (product(a, a) * product(b, b)).squareRoot()
        return lengths > 0 ? min(product(a, b) / lengths, 1) : nil
    }
}
