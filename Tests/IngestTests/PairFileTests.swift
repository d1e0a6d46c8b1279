import DelimitedText
import Testing

@testable import Ingest

@Suite struct PairFileTests {
    private func read(_ text: String) throws -> PairFile {
        try PairFile(
            ByteStream(name: "pairs") { body in
                try Array(text.utf8).withUnsafeBytes { try body($0) }
            }, name: "pairs")
    }

    private static let pairs = [(1, 10), (2, 20), (1, 30)].map {
        PairFile.Pair(userID: $0, itemID: $1)
    }

    @Test(arguments: [
        "1 10\n2 20\n1 30\n", "1\t10\n2\t20\n1\t30", "1,10\r\n2,20\r\n1,30\r\n",
        "user item\n1 10\n2 20\n1 30\n", "item_id,day,user_id\n10,5,1\n20,6,2\n30,7,1\n",
        "1;10;4.5;99\n2;20;1;98\n1;30;2;97\n", "\n1|10\n\n2|20\n1|30\n",
        "\"1\",\"10\"\n2,20\n1,30\n",
    ])
    func aListIsReadInAnyOfItsForms(text: String) throws {
        let file = try read(text)
        #expect(file.pairs == Self.pairs)
        #expect(file.repeatCount == 0)
    }

    @Test func aPairThatStandsTwiceCountsOnce() throws {
        let file = try read("1 10\n2 20\n1 10\n1 30\n1 10\n")
        #expect(file.pairs == Self.pairs)
        #expect(file.repeatCount == 2)
    }

    @Test(arguments: [
        ("", "\"pairs\" holds no pair"), ("\n\n", "\"pairs\" holds no pair"),
        ("user_id,item_id\n", "\"pairs\" holds no pair"),
        ("1\n2\n", "\"pairs\" has no two columns"), ("17", "\"pairs\" has no two columns"),
        ("1 10\n2\n", "line 2 of \"pairs\" is no pair"),
        ("1 10\n2 x\n", "line 2 of \"pairs\" is no pair"),
        ("1 10\n\n2 20.5\n", "line 3 of \"pairs\" is no pair"),
        ("1 10\n2 99999999999999999999\n", "line 2 of \"pairs\" is no pair"),
        ("x 10\n2 20\n", "\"pairs\" has no column \"user_id\""),
        ("user_id,item,day\n1,2,3\n", "\"pairs\" has no column \"item_id\""),
        ("uid,iid,day\n1,2,3\n", "\"pairs\" has no column \"user_id\""),
    ])
    func whatIsNoListIsRefused(text: String, message: String) throws {
        let error = #expect(throws: ImportError.self) { try read(text) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("99999999999999999999") == false)
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let error = #expect(throws: DelimitedTextError.self) { try PairFile(path: "no/such.csv") }
        #expect(error.map { "\($0)" }?.contains("no/such.csv") == true)
    }
}
