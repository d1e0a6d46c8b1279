/// Rows as aligned columns; numbers to the right.
struct TextTable: CustomStringConvertible {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) {
        self.header = header
    }

    /// - Precondition: One cell for each column.
    mutating func append(_ row: [String]) {
        precondition(row.count == header.count, "\(row.count) cells for \(header.count) columns")
        rows.append(row)
    }

    var description: String {
        let isNumeric = header.indices.map { column in
            !rows.isEmpty
                && rows.allSatisfy { row in
                    row[column].isEmpty || row[column] == "-"
                        || row[column].first.map { $0.isNumber || "-+".contains($0) } == true
                            && row[column].allSatisfy { $0.isNumber || ".,-+%x s".contains($0) }
                }
        }
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return isNumeric[column] ? space + cell : cell + space
            }
            return padded.joined(separator: "  ").trimmedAtEnd
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var end = endIndex
        while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
        return String(self[..<end])
    }
}
