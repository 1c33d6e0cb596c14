import Testing

@testable import Exchange

/// Messages stay short whatever they quote.
@Suite struct AbbreviatedTests {
  private let long = String(repeating: "x", count: 100_000)

  @Test func quotationsAndWords() {
    #expect(abbreviated("there is no loss '\(long)': write one").count < 230)
    let spaced = String(repeating: "a b ", count: 30_000)
    let text = abbreviated("the label '\(spaced)' is not one of 'it's' classes")
    #expect(
      text.hasPrefix("the label 'a b ") && text.hasSuffix(" b ' is not one of 'it's' classes")
    )
    #expect(text.count < 300)
    #expect(abbreviated(String(repeating: "word ", count: 30_000)).count == 20_001)
    #expect(abbreviated("/tmp/\(long).csv: no such file").hasSuffix("xx.csv: no such file"))
    #expect(abbreviated("/tmp/\(long).csv: no such file").count < 230)
  }

  @Test(arguments: [
    "the run's folder 'a' and the others' names",
    "'\(String(repeating: "y", count: 190))' is a name",
    String(repeating: "a sentence of many words ", count: 60), "", "'",
  ]) func whatIsNotLongStays(text: String) {
    #expect(abbreviated(text) == text)
  }

  /// In time that grows as the text.
  @Test func manyQuotes() {
    let quotes = String(repeating: "' ", count: 200_000)
    let time = ContinuousClock().measure {
      _ = abbreviated(quotes)
      _ = abbreviated(String(repeating: " 'x", count: 200_000))
    }
    // In quadratic time it would take minutes.
    #expect(time < .seconds(60))
  }
}
