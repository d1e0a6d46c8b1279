import Foundation
import LinearAlgebra

@testable import Ranking

/// A re-ranker that computes everything anew at each place from the definitions alone.
struct PlainReranker {
    let rules: RerankRules
    let items: RerankItems
    let candidates: CandidateList
    let length: Int

    /// Rows in the order of places, with the multipliers of each.
    func run() -> [(row: Int, multipliers: [Float])] {
        var chosen: [(row: Int, multipliers: [Float])] = []
        while chosen.count < length {
            let above = chosen.map(\.row)
            var best: (row: Int, score: Double, multipliers: [Float])?
            for row in 0..<candidates.count where isAllowed(row, above: above) {
                let value = RerankWorld.value.value(of: candidates.terms[row: row])
                let factors = Array(candidates.factors[row: row]) + self.factors(row, above: above)
                let multipliers = factors.map { value < 0 ? 1 / $0 : $0 }
                let score = multipliers.reduce(value) { $0 * Double($1) }
                let ranksBefore =
                    best.map {
                        score > $0.score
                            || score == $0.score
                                && candidates.items[row] < candidates.items[$0.row]
                    } ?? true
                if ranksBefore { best = (row, score, multipliers) }
            }
            guard let best else { break }
            chosen.append((best.row, best.multipliers))
        }
        return chosen
    }

    private func creator(_ row: Int) -> Int32 { items.creators![Int(candidates.items[row])] }

    private func sameCreator(_ row: Int, above: [Int]) -> Int {
        creator(row) < 0 ? 0 : above.count { creator($0) == creator(row) }
    }

    private func isAllowed(_ row: Int, above: [Int]) -> Bool {
        !above.contains(row) && !candidates.factors[row: row].contains(0)
            && sameCreator(row, above: above) < rules.creatorCap?.limit ?? .max
    }

    private func factors(_ row: Int, above: [Int]) -> [Float] {
        var factors: [Float] = []
        if let rule = rules.creatorSpacing {
            let decayed = pow(rule.decay, Double(sameCreator(row, above: above)))
            factors.append(Float((1 - rule.floor) * decayed + rule.floor))
        }
        switch rules.diversity {
        case .marginalRelevance(let rule):
            let largest = above.suffix(rule.window).map { jaccard($0, row) }.max() ?? 0
            factors.append(Float(1 - rule.strength * largest))
        case .determinantal(let rule):
            guard above.count < rule.window else { return factors + [1] }
            let gain =
                determinant(of: above + [row], rule)
                / (above.isEmpty ? 1 : determinant(of: above, rule))
            factors.append(Float(pow(gain, (1 - rule.theta) / rule.theta)))
        case nil: break
        }
        return factors
    }

    private func jaccard(_ first: Int, _ second: Int) -> Double {
        let a = Set(items.tags![Int(candidates.items[first])])
        let b = Set(items.tags![Int(candidates.items[second])])
        return a.union(b).isEmpty ? 0 : Double(a.intersection(b).count) / Double(a.union(b).count)
    }

    private func cosine(_ first: Int, _ second: Int) -> Double {
        let a = items.directions![row: Int(candidates.items[first])].map(Double.init)
        let b = items.directions![row: Int(candidates.items[second])].map(Double.init)
        return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// det S of some rows, by Gaussian elimination with the largest pivots.
    private func determinant(of rows: [Int], _ rule: DeterminantalPointProcess) -> Double {
        var matrix = rows.map { first in
            rows.map { second -> Double in
                guard first != second else { return 1 }
                let similarity =
                    switch rule.similarity {
                    case .tags: jaccard(first, second)
                    case .embeddings: (1 + cosine(first, second)) / 2
                    }
                return (1 - rule.ridge) * similarity
            }
        }
        var result = 1.0
        for column in matrix.indices {
            let pivot = (column..<matrix.count).max {
                abs(matrix[$0][column]) < abs(matrix[$1][column])
            }!
            if pivot != column {
                matrix.swapAt(pivot, column)
                result = -result
            }
            result *= matrix[column][column]
            guard matrix[column][column] != 0 else { return 0 }
            for row in column + 1..<max(matrix.count, column + 1) {
                let factor = matrix[row][column] / matrix[column][column]
                for place in column..<matrix.count {
                    matrix[row][place] -= factor * matrix[column][place]
                }
            }
        }
        return result
    }
}
