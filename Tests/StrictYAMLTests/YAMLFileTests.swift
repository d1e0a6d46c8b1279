import StrictYAML
import Testing

private enum Colour: String, YAMLEnumeration {
    case green, yellow
    case darkBlue = "dark_blue"
}

private func decode<Result>(
    _ text: String, _ body: (YAMLMapping) throws -> Result
) throws -> Result {
    try YAMLFile(text: text, name: "test.yaml").decode(body)
}

private func message(_ text: String, _ body: (YAMLMapping) throws -> Void) -> String {
    do {
        try decode(text, body)
        return ""
    } catch {
        return "\(error)"
    }
}

/// The error of reading the key `k`.
private func message<Value: YAMLDecodable>(_ text: String, as type: Value.Type) -> String {
    message(text) { _ = try $0.value("k", as: type) }
}

@Suite struct YAMLFileTests {
    @Test func everyTypeIsRead() throws {
        let text = """
            name: night
            count: 12
            ratio: 0.5
            whole: 3
            active: true
            window: 1h30m
            colour: dark_blue
            tags: [a, "1"]
            nested: {deep: {value: 7}}
            steps:
              - {name: first}
              - {name: second}
            """
        try decode(text) { file in
            #expect(try file.value("name") == "night")
            #expect(try file.value("count") == 12)
            #expect(try file.value("ratio") == 0.5)
            #expect(try file.value("whole", as: Double.self) == 3)
            #expect(try file.value("active") == true)
            #expect(try file.value("window", as: Duration.self) == .seconds(5_400))
            #expect(try file.value("colour", as: Colour.self) == .darkBlue)
            #expect(try file.value("tags") == ["a", "1"])
            #expect(
                try file.mapping("nested") { try $0.mapping("deep") { try $0.value("value") } } == 7
            )
            let names = try file.list("steps") {
                try $0.mapping { try $0.value("name", as: String.self) }
            }
            #expect(names == ["first", "second"])
        }
    }

    @Test func absentKeysTakeTheirDefaults() throws {
        try decode("a: 1") { file in
            #expect(try file.value("a", default: 2) == 1)
            #expect(try file.value("b", default: 2) == 2)
            #expect(try file.optional("c", as: String.self) == nil)
            let mapping = try file.optionalMapping("d") { _ in 1 }
            #expect(mapping == nil)
            let list = try file.list("e") { $0.line }
            #expect(list.isEmpty)
        }
    }

    @Test func anUnknownKeyIsAnErrorWithItsLineAndTheNearMiss() {
        let text = "name: x\ncolunm: y\n"
        let found = message(text) { file in
            _ = try file.value("name", as: String.self)
            _ = try file.optional("column", as: String.self)
        }
        #expect(
            found == """
                test.yaml:2: unknown key "colunm" in the file
                HINT:  Perhaps you meant "column".
                """)
    }

    @Test func anUnknownKeyFarFromAllListsTheKnownOnes() {
        let found = message("when: {zzzzzz: 1}") { file in
            try file.mapping("when") { _ = try $0.optional("column", as: String.self) }
        }
        #expect(
            found == """
                test.yaml:1: unknown key "zzzzzz" in "when"
                HINT:  Use one of "column".
                """)
    }

    @Test func aMissingKeyIsNamed() {
        let found = message("a: 1") { _ = try $0.value("name", as: String.self) }
        #expect(found == "test.yaml:1: the file lacks the key \"name\"")
    }

    @Test(arguments: [
        ("k: 1", "\"k\" must be text, not a whole number\nHINT:  Put the value in quotes."),
        ("k: yes", "\"k\" must be text, not true or false\nHINT:  Put the value in quotes."),
        ("k: [a]", "\"k\" must be text, not a list"),
        ("k: {a: b}", "\"k\" must be text, not a mapping"),
        ("k:", "\"k\" must be text, not empty"),
    ])
    func textIsNothingElse(_ text: String, _ expected: String) {
        #expect(
            message(text, as: String.self) == "test.yaml:1: " + expected)
    }

    @Test(arguments: ["k: x", "k: 1.5", "k: \"1\"", "k: 99999999999999999999", "k: []"])
    func aWholeNumberIsNothingElse(_ text: String) {
        #expect(
            message(text, as: Int.self).contains(
                "\"k\" must be a whole number, not "))
    }

    @Test(arguments: ["k: yes", "k: on", "k: 1", "k: \"true\"", "k: True"])
    func trueAndFalseAreTheOnlyTruthValues(_ text: String) {
        #expect(
            message(text, as: Bool.self).contains(
                "\"k\" must be true or false"))
    }

    @Test(arguments: ["k: .nan", "k: .inf", "k: abc", "k: \"1.5\""])
    func aNumberIsFinite(_ text: String) {
        #expect(
            message(text, as: Double.self).contains(
                "\"k\" must be a number"))
    }

    @Test func aNumberOutOfItsRangeIsAnError() {
        let found = message("k: 12") { _ = try $0.value("k", in: 1...10, default: 1) }
        #expect(found == "test.yaml:1: \"k\" must lie between 1 and 10")
    }

    @Test func anUnknownCaseSuggestsTheNearest() {
        #expect(
            message("k: gren", as: Colour.self) == """
                test.yaml:1: unknown value "gren" for "k"
                HINT:  Perhaps you meant "green".
                """)
    }

    @Test(arguments: [
        ("15m", 900.0), ("28d", 2_419_200), ("2w", 1_209_600), ("90s", 90), ("250ms", 0.25),
        ("1h30m", 5_400), ("0", 0),
    ])
    func durationsHaveUnits(_ text: String, _ seconds: Double) {
        #expect(Duration(yaml: text) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "15", "m", "15 m", "-1d", "1.5h", "30m1h", "1m1m", "1y", "99999999999999d", "1d ",
    ])
    func otherTextIsNoDuration(_ text: String) {
        #expect(Duration(yaml: text) == nil)
    }

    @Test(arguments: [
        ("a: 1\na: 2", "stands twice"), ("a: [", "not valid YAML"), ("", "the file is empty"),
        ("- a", "the file must be a mapping"), ("{[a]: 1}", "is not text"),
    ])
    func brokenFilesAreErrors(_ text: String, _ part: String) {
        let found = message(text) { _ = $0.members() }
        #expect(found.hasPrefix("test.yaml") && found.contains(part), "\(found)")
    }

    @Test func aFileThatDoesNotExistIsAnError() {
        #expect(throws: YAMLError(file: "/nowhere.yaml", line: nil, message: "does not exist")) {
            try YAMLFile(path: "/nowhere.yaml")
        }
        #expect(throws: YAMLError(file: "/tmp", line: nil, message: "is a directory")) {
            try YAMLFile(path: "/tmp")
        }
    }

    @Test func errorsInsideListsNameTheElement() {
        let found = message("steps:\n  - name: a\n  - nam: b\n") { file in
            _ = try file.list("steps") { try $0.mapping { try $0.value("name", as: String.self) } }
        }
        #expect(found == "test.yaml:3: \"steps[2]\" lacks the key \"name\"")
    }

    @Test func jsonKeepsTheContent() throws {
        let file = try YAMLFile(
            text: "b: 1\na: [x, \"2\", 0.5, true, null]\nq: \"say \\\"so\\\"\"\n", name: "t")
        #expect(
            file.json
                == #"{"b": 1, "a": ["x", "2", 0.5, true, null], "q": "say \"so\""}"#)
    }
}
