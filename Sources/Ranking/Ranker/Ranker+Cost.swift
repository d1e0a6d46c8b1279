extension Ranker {
    /// Equal matrix products, `[rows, inner]` times `[inner, columns]` each.
    package struct Products {
        package let rows: Int
        package let inner: Int
        package let columns: Int
        /// How many.
        package var count = 1

        /// Multiplications of all of them.
        package var multiplications: Double {
            Double(rows) * Double(inner) * Double(columns) * Double(count)
        }
    }

    /// The matrix products of scoring.
    ///
    /// - Parameters:
    ///   - candidates: Candidates in all.
    ///   - contexts: Contexts in all, each computed once; they share the candidates evenly.
    ///   - events: Events of the histories of all contexts, no more than `historyLength` of each.
    package func products(candidates: Int, contexts: Int, events: Int) -> [Products] {
        let (mixture, cross) = (architecture.mixture, architecture.cross)
        let (own, width) = (architecture.ownColumns.count, architecture.width)
        var first = [mixture.experts * mixture.hiddenWidth, mixture.experts * mixture.tasks]
        if cross.layerCount > 0 { first.append(cross.rank) }
        var products = first.flatMap {
            [
                Products(rows: contexts, inner: architecture.context.width, columns: $0),
                Products(rows: candidates, inner: own, columns: $0),
            ]
        }
        func add(_ inner: Int, _ columns: Int, count: Int = 1) {
            products.append(
                Products(rows: candidates, inner: inner, columns: columns, count: count))
        }
        add(width, mixture.tasks)
        add(cross.rank, width, count: cross.layerCount)
        add(width, cross.rank, count: max(cross.layerCount - 1, 0))
        add(mixture.hiddenWidth, mixture.width, count: mixture.experts)
        add(mixture.width, mixture.headWidth, count: mixture.tasks)
        add(mixture.headWidth, 1, count: mixture.tasks)
        if let content = architecture.content { add(content.inputs, content.outputs) }
        if let attention = architecture.attention, contexts > 0 {
            let (each, events) = (candidates / contexts, (all: events, each: events / contexts))
            add(attention.query.inputs, attention.width)
            let (heads, headWidth) = (attention.heads * contexts, attention.headWidth)
            products += [
                Products(
                    rows: events.all, inner: attention.query.inputs, columns: 2 * attention.width),
                Products(rows: each, inner: headWidth, columns: events.each, count: heads),
                Products(rows: each, inner: events.each, columns: headWidth, count: heads),
            ]
        }
        return products.filter { $0.multiplications > 0 }
    }

    /// Candidates that are scored by one matrix product a layer.
    package static var candidatesAtOnce: Int { chunkSize }
}
