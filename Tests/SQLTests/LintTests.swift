import Foundation
import SQLCatalog
import Testing

/// Words that must not stand in the statements of the engine: rules 5, 8 and 10 of the schema that
/// is to run on one machine or many.
@Suite struct LintTests {
    struct Rule: CustomTestStringConvertible, Sendable {
        let name: String
        /// A regular expression over lower-case text without comments and quoted text.
        let pattern: String
        /// A text that breaks the rule, so that the pattern is known to find something.
        let example: String
        /// Files in which the words are needed, each with its reason beside it.
        var exceptions: Set<String> = []

        var testDescription: String { name }
    }

    static let rules = [
        Rule(
            name: "triggers", pattern: #"create (constraint )?trigger"#, example: "create trigger t"
        ),
        Rule(
            name: "rules", pattern: #"create (or replace )?rule"#,
            example: "create or replace rule r"),
        Rule(
            name: "exclusion constraints", pattern: #"\bexclude using\b"#,
            example: "exclude using gist (a with =)"),
        Rule(
            name: "inheritance", pattern: #"\binherits\b"#,
            example: "create table a () inherits (b)"),
        Rule(
            name: "row addresses", pattern: #"\b(ctid|tableoid)\b"#, example: "select ctid from a"),
        Rule(
            name: "default partitions",
            pattern: #"partition of \S+ default|attach partition \S+ default"#,
            example: "create table a partition of b default"),
        Rule(
            name: "settings of the session",
            pattern:
                #"\b(current_setting|localtime|localtimestamp|current_date|current_time|current_timestamp|timeofday)\b|\bset (local |session )?(time zone|datestyle)"#,
            example: "select current_setting('x')"),
        // clock_timestamp() is for ledgers; a feature or a check names its date.
        Rule(
            name: "the transaction's time", pattern: #"\bnow ?\(|transaction_timestamp"#,
            example: "select now()"),
        Rule(name: "merge", pattern: #"\bmerge into\b"#, example: "merge into a using b"),
        Rule(
            name: "row locks", pattern: #"\bfor (no key )?(update|share|key share)\b"#,
            example: "select 1 from a for update",
            // The outbox is a local table, and a delivery belongs to one worker while it is sent.
            exceptions: ["sql/respond/next_delivery.sql"]),
        Rule(
            name: "prepared transactions", pattern: #"\bprepare transaction\b"#,
            example: "prepare transaction 'a'"),
        Rule(
            name: "copy with a condition", pattern: #"\bcopy\b[^;]*\bwhere\b"#,
            example: "copy a from stdin where b > 1"),
        Rule(
            name: "detaching beside readers",
            pattern: #"\bdetach partition\b[^;]*\bconcurrently\b"#,
            example: "alter table a detach partition b concurrently"),
        Rule(
            name: "grouping sets", pattern: #"\b(rollup|cube|grouping sets) ?\("#,
            example: "group by rollup (a)"),
        Rule(
            name: "recursive queries", pattern: #"\bwith recursive\b"#,
            example: "with recursive a as (",
            // Reads the catalogue of the one node that migrates.
            exceptions: ["sql/migrate/dependent_views.sql"]),
        Rule(
            name: "chance", pattern: #"\b(random|gen_random_uuid|setseed)\("#,
            example: "update a set b = random()"),
        Rule(
            name: "columns by star in what is stored", pattern: #"insert into [^;(]*select \*"#,
            example: "insert into a select * from b"),
        Rule(
            name: "sums of single precision", pattern: #"\b(sum|avg)\([^()]*::(real|float4)\)"#,
            example: "sum(a::real)"),
        // The server's ledger of roles and grants belongs to the migrator alone. What an administrator is
        // told to do is a text.
        Rule(
            name: "superuser's work", pattern: #"\b(create extension|alter system|create role)\b"#,
            example: "create extension x",
            exceptions: [
                "sql/migrate/create_roles.sql", "sql/functions/ann.require_pgvector.sql",
            ]),
    ]

    /// Every SQL file by its path, comments and quoted text taken out, in lower case.
    static let files: [(path: String, text: String)] = {
        guard let home = try? Home.locate() else { return [] }
        var found: [(String, String)] = []
        for folder in ["sql", "migrations"] {
            let walker = FileManager.default.enumerator(atPath: home.path(folder))
            for case let path as String in walker ?? .init() where path.hasSuffix(".sql") {
                let file = "\(folder)/\(path)"
                guard let text = try? String(contentsOfFile: home.path(file), encoding: .utf8)
                else {
                    continue
                }
                found.append((file, bare(text)))
            }
        }
        return found
    }()

    /// Dynamic statements stand in quotes inside functions: there, quoted text stays.
    static func bare(_ text: String) -> String {
        let withoutComments = text.split(separator: "\n").map { line in
            String(line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line)
        }.joined(separator: "\n")
        let isFunction = withoutComments.contains("$function$")
        return
            (isFunction
            ? withoutComments : withoutComments.replacing(#/'(?:[^']|'')*'/#, with: "''"))
            .lowercased().replacing(#/\s+/#, with: " ")
    }

    @Test func `all files are read`() {
        #expect(Self.files.count > 100)
        #expect(Self.files.contains { $0.path.hasPrefix("migrations/") })
    }

    @Test(arguments: rules) func `no statement uses what does not distribute`(rule: Rule) throws {
        let pattern = try Regex(rule.pattern)
        #expect(rule.example.contains(pattern), "the pattern finds its own example")
        let found = Self.files.filter {
            !rule.exceptions.contains($0.path) && $0.text.contains(pattern)
        }
        #expect(found.map(\.path) == [])
    }

    @Test func `moments become days in UTC by name`() {
        // Casting a timestamptz to a date reads the session's time zone.
        let found = Self.files.filter { $0.text.contains(#/_at::date\b|date_trunc\([^)]*_at\)/#) }
        #expect(found.map(\.path) == [])
    }

    @Test func `a positive action is one that the job names and that has a weight`() {
        let named = #/action_name = any \(:''::text\[\]\)/#
        let weighed = #/action_name = any \(:''::text\[\]\) and a\.label_weight > 0/#
        let using = Self.files.filter { $0.text.contains(named) }
        #expect(using.count >= 8)
        let found = using.filter {
            $0.text.matches(of: named).count != $0.text.matches(of: weighed).count
        }
        #expect(found.map(\.path) == [])
    }

    @Test func `keywords are in lower case`() throws {
        let home = try Home.locate()
        for (path, _) in Self.files {
            let text = try String(contentsOfFile: home.path(path), encoding: .utf8)
            let code = text.split(separator: "\n").filter { !$0.hasPrefix("--") }
                .map { $0.replacing(#/'(?:[^']|'')*'|--.*$/#, with: "") }.joined(separator: "\n")
            #expect(
                !code.contains(
                    #/\b(SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|CREATE|JOIN|GROUP BY)\b/#),
                "\(path)")
        }
    }
}
