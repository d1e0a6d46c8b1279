import Testing

@testable import Report

@Suite struct TextFitTests {
    @Test(arguments: [
        ("short", ["short"]),
        ("user_snapshots.share_of_likes", ["user_snapshots.", "share_of_likes"]),
        // A separator in the first half of a line would leave most of it empty.
        ("a_withoutanyseparator", ["a_withoutanysepa", "rator"]),
        ("", [""]),
    ])
    func `lines are cut after a separator`(text: String, lines: [String]) {
        #expect(TextFit.lines(text, 16) == lines)
        #expect(TextFit.lines(text, 16).joined() == text)
        #expect(TextFit.lines(text, 16).allSatisfy { $0.count <= 16 })
    }

    @Test func `what does not fit ends in an ellipsis`() {
        #expect(TextFit.short("kolmogorov_smirnov", 18) == "kolmogorov_smirnov")
        #expect(TextFit.short("kolmogorov_smirnov", 5) == "kolm…")
    }

    @Test func `long names may be broken, numbers and short words may not`() {
        #expect(
            breakable("see item_attributes.release_year: 0.7410")
                == "see item_<wbr/>attributes.<wbr/>release_<wbr/>year:<wbr/> 0.7410")
        #expect(breakable("hit_rate@50  <b>") == "hit_rate@50  &lt;b&gt;")
    }
}
