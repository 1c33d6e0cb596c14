import Mathematics
import Tensors
import Testing

@testable import Exchange

/// What the first line and the first column of a table are taken for.
@Suite struct CSVHeaderTests {
  private func read(_ text: String, _ options: CSV.Options = CSV.Options()) throws -> Table {
    let folder = try TemporaryFolder()
    return try CSV.read(from: folder.file("a.csv", text.utf8), options: options)
  }

  /// What `to_csv(index=False)` of frames without names writes, and what is data after all.
  @Test(arguments: [
    ("0,1,2,3\n1.5,2,3,4\n", ["0", "1", "2", "3"], 1), ("0,1\n0.5,1.5\n2,3\n", ["0", "1"], 2),
    ("0,1,2,3\n5,6,7,8\n", ["0", "1", "2", "3"], 1), ("0\n1.5\n2.5\n", ["0"], 2),
    (",0,1\n0,1.5,2\n1,3,4\n", ["0", "1"], 2), ("0\n1\n2\n", ["0"], 3),
    ("0,0\n0,1\n", ["0", "1"], 2), ("1,2\n3,4\n", ["0", "1"], 2),
    ("2019,2020,total\n1,2,3\n4,5,6\n", ["2019", "2020", "total"], 2),
  ])
  func namesOfColumns(text: String, columns: [String], rows: Int) throws {
    let table = try read(text)
    #expect(table.columns == columns && table.values.shape[0] == rows)
  }

  @Test func namesBesideNumbers() throws {
    let labelled = CSV.Options(labels: "label")
    let table = try read("0,1,2,label\n1.5,2,3,cat\n4,5,6,dog\n", labelled)
    #expect(table.columns == ["0", "1", "2"] && table.labels == ["cat", "dog"])
    // A word that comes again below is a label.
    let bare = try read("0,1,cat\n4,5,cat\n4,5,dog\n", CSV.Options(labels: "2"))
    #expect(bare.columns == ["0", "1"] && bare.labels == ["cat", "cat", "dog"])
    // The number of a column is not its name.
    let number = try read("2,1.5,4,cat\n4,5,6,cat\n", CSV.Options(labels: "3", ignoring: ["2"]))
    #expect(number.values.scalars(Double.self) == [2, 1.5, 4, 5])
  }

  @Test func guessesAreSaidAndOverridden() throws {
    let text = "0,1,2,3\n1.5,2,3,4\n"
    #expect(try read(text).remarks.first?.contains("0,1,2,3, taken for names") == true)
    #expect(try read(text, CSV.Options(header: .absent)).values.shape == [2, 4])
    #expect(try read("a,b\n1,2\n").remarks.isEmpty)
    let either = "0,1\n1,2\n2,3\n"
    let refusal = sentence { _ = try read(either) }
    #expect(refusal.contains("row 1") && refusal.contains("--header yes or --header no"))
    #expect(try read(either, CSV.Options(header: .present)).values.shape == [2, 2])
    #expect(try read(either, CSV.Options(header: .absent)).values.shape == [3, 2])
  }

  @Test(arguments: [
    ("a,b,a,y\n1,2,3,4\n", "columns 1 and 3 are called 'a'"),
    ("a,,,y\n1,2,3,4\n", "columns 2 and 3 have no name"),
    (",a,b\n0,1,2\n0.5,1,2\n", "row 3: '0.5' stands in a first column without a name"),
  ])
  func columnsThatCannotBeToldApart(text: String, problem: String) {
    #expect(sentence { _ = try read(text) }.contains(problem))
  }

  @Test func doubleNamesMayBeLeftOut() throws {
    let table = try read("a,b,a\n1,2,3\n", CSV.Options(ignoring: ["a"]))
    #expect(table.values.scalars(Int.self) == [2])
  }

  /// The rows' own names, as pandas (also of a shuffled part, or written twice) and R write them.
  @Test(arguments: [
    ",a,b\n0,5,6\n1,7,8\n", ",a,b\n17,5,6\n3,7,8\n", "Unnamed: 0,a,b\n0,5,6\n1,7,8\n",
    "\"\",\"a\",\"b\"\n\"Mazda RX4\",5,6\n\"Datsun\",7,8\n",
  ])
  func namesOfRowsAreLeftOut(text: String) throws {
    let table = try read(text)
    #expect(table.columns == ["a", "b"] && table.values.scalars(Int.self) == [5, 6, 7, 8])
    #expect(table.remarks.first?.contains("first column") == true)
  }

  @Test func labelsThatAreNumbersAreInTheirOrder() throws {
    let numbers = (0...10).map { "\($0).0" }
    let text = "x,label\n" + numbers.reversed().map { "1,\($0)\n" }.joined()
    let table = try read(text, CSV.Options(labels: "label"))
    #expect(table.classes == numbers)
    // The same numbers written otherwise are the same classes.
    #expect(try table.labelIndices(in: (0...10).map(String.init)).scalars(Int.self)[0] == 10)
    let mixed = try read("x,label\n1,-1.5\n1,1e1\n1,3\n", CSV.Options(labels: "label"))
    #expect(mixed.classes == ["-1.5", "3", "1e1"])
    let words = try read("x,label\n1,10\n1,9\n1,none\n", CSV.Options(labels: "label"))
    #expect(words.classes == ["10", "9", "none"])
    let double = try read("x,label\n1,1\n1,1.0\n", CSV.Options(labels: "label"))
    #expect(sentence { _ = try double.labelIndices() }.contains("'1' and '1.0' are the same"))
    let gap = sentence { _ = try read("x,label\n1,1\n1,\n", CSV.Options(labels: "label")) }
    #expect(gap.contains("row 3, column 'label': the label is missing"))
  }
}
