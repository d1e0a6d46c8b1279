import Testing

@testable import SQLCatalog

@Suite("SQL lexer")
struct SQLLexerTests {
    private func statements(_ text: String) throws -> [SQLLexer.Statement] {
        try SQLLexer.statements(of: text)
    }

    @Test("A variable becomes a numbered parameter, the same name the same number")
    func variables() throws {
        let found = try statements("select :'a'::int, :'b'::text, :'a'::int")
        #expect(
            found == [
                .init(text: "select $1::int, $2::text, $1::int", parameters: ["a", "b"], line: 1)
            ])
    }

    @Test(
        "What looks like a variable or an end inside quotes and comments is neither",
        arguments: [
            "select ':''a'''", "select e'it\\'s ; :'", "select \"a;:'b'\"", "select $$ ; :'a' $$",
            "select $x$ ; $$ $x$", "select 1 -- ; :'a'", "select /* ; /* :'a' */ ; */ 1",
            "select 'a'::text", "select a[1:2]",
        ])
    func quotes(text: String) throws {
        #expect(try statements(text) == [.init(text: text, parameters: [], line: 1)])
    }

    @Test("Statements keep the lines of their file")
    func lines() throws {
        let found = try statements("-- head\nselect 1;\n\nselect :'x'::int;\n-- tail\n")
        #expect(found.count == 2)
        #expect(found.map(\.line) == [1, 4])
        #expect(found[1] == .init(text: "select $1::int", parameters: ["x"], line: 4))
    }

    @Test("Nothing but comments is no statement")
    func empty() throws {
        #expect(try statements("-- nothing\n;;\n/* here */").isEmpty)
    }

    @Test(
        "What does not end is an error with its line",
        arguments: [("select\n'abc", "line 2"), ("/* x", "line 1"), ("\n\n$a$ b", "line 3")])
    func unterminated(text: String, place: String) {
        let error = #expect(throws: CatalogError.self) { try statements(text) }
        #expect(error?.message.hasPrefix(place) == true)
    }
}
