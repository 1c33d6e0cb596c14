import Testing

@testable import Reporting

@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain, × ± and 日本", "plain, × ± and 日本"),
    ("two\n\tlines", "two\n\tlines"),
    ("\u{1B}[31mred\u{7}\r", "\\u001b[31mred\\u0007\\u000d"),
    ("\u{9B}2J\u{7F}", "\\u009b2J\\u007f"),
    ("a\u{202E}txt.exe\u{2066}\u{2028}", "a\\u202etxt.exe\\u2066\\u2028"),
  ])
  func whatSteersATerminalIsWrittenOut(_ text: String, _ printed: String) {
    #expect(text.printable == printed)
  }

  @Test func cellsOfATableAreOneLine() {
    let table = TextTable(columns: ["a\nb", "c"], rows: [["\u{1B}[2J", "\t"]])
    #expect(
      table.text() == """
        a\\u000ab        c
        ─────────────────
        \\u001b[2J  \\u0009

        """
    )
  }
}
