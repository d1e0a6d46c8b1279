import StrictYAML
import TwoTower

extension YAMLMapping {
    /// The values of each setting that random trials draw: a list, or a range.
    func space(over base: TwoTowerConfiguration) throws -> SearchSpace {
        let shapes = try JSONSettings(base)
        var space = SearchSpace(values: [:])
        for (key, value) in members() {
            guard let shape = shapes[key] else {
                throw error(
                    at: key, "unknown setting \"\(key)\"",
                    hint: NearMiss.hint(for: key, among: shapes.keys))
            }
            func takes(_ value: JSONValue) -> Bool {
                var single = shapes
                single[key] = value
                return (try? single.decoded(as: TwoTowerConfiguration.self)) != nil
            }
            if value.isMapping {
                guard takes(.integer(1)) else {
                    throw value.error("\"\(key)\" is no number, and has no range")
                }
                let range = try value.mapping { try $0.range(isWhole: !takes(.number(0.5))) }
                space.values[key] = .range(range)
            } else {
                let choices = try value.elements().map { element in
                    let choice = try shape.read(element)
                    guard takes(choice) else {
                        throw element.error("\"\(key)\" has a value that it cannot take")
                    }
                    return choice
                }
                guard !choices.isEmpty else { throw value.error("\"\(key)\" has no value") }
                space.values[key] = .choices(choices)
            }
        }
        guard !space.values.isEmpty else { throw error("the space names no setting") }
        return space
    }

    private func range(isWhole: Bool) throws -> NumberRange {
        let scale: Scale = try value("scale", default: .linear)
        let range = NumberRange(
            from: try value("from"), to: try value("to"), isLogarithmic: scale == .logarithmic,
            isWhole: isWhole)
        guard range.from <= range.to else { throw error("\"from\" is more than \"to\"") }
        guard scale == .linear || range.from > 0 else {
            throw error("\"from\" must be above 0 on a logarithmic scale")
        }
        guard !isWhole || [range.from, range.to].allSatisfy({ Int(exactly: $0) != nil }) else {
            throw error("both ends must be whole numbers")
        }
        return range
    }
}

/// How likely the numbers of a range are.
private enum Scale: String, YAMLEnumeration {
    case linear
    case logarithmic = "log"
}
