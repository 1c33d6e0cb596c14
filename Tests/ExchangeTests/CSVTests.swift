import Foundation
import Tensors
import Testing

@testable import Exchange

@Suite struct CSVTests {
  private func read(_ text: String, _ options: CSV.Options = CSV.Options()) throws -> Table {
    let folder = try TemporaryFolder()
    return try CSV.read(from: folder.file("a.csv", text.utf8), options: options)
  }

  @Test(arguments: ["comma.csv", "semicolon.csv", "tab.tsv", "bar.csv", "comma.csv.gz"])
  func readsWhatPythonWrote(name: String) throws {
    let table = try CSV.read(from: Fixtures.url(name), labels: "kind")
    #expect(table.columns == ["length", "width, cm", "depth"])
    #expect(
      table.values.scalars(Double.self) == [
        1.5, -2, 1e-7, 0.1, 12_345_678_901_234_567_168, 3, -0.0, 2.2250738585072014e-308,
        1.7976931348623157e308,
      ]
    )
    #expect(table.labels == ["plain", "say \"hi\", twice", "two\nlines"])
  }

  @Test(arguments: [
    "1,2\n3,4\n", "1,2\r\n3,4", "1,2\r3,4\r", "\u{FEFF}1,2\n\n3,4\n\n", " 1,2 \n3 , 4",
  ])
  func lineEndsBlankLinesAndSpaces(text: String) throws {
    #expect(try read(text).values.scalars(Int.self) == [1, 2, 3, 4])
    #expect(try read(text).columns == ["0", "1"])
  }

  /// As spreadsheets write where a comma is the decimal point.
  @Test func decimalCommasBetweenSemicolons() throws {
    for text in ["a;b\n1,5;-2\n,25;4e-1\n", "1,5;-2\n,25;4e-1\n", "1,5;-2,0\n0,25;0,4\n"] {
      let table = try read(text)
      #expect(table.values.scalars(Double.self) == [1.5, -2, 0.25, 0.4], "\(text)")
      #expect(table.remarks.contains { $0.contains("decimal points") })
    }
    let named = try read("a;kind\n1,5;x, y\n2;z\n", CSV.Options(labels: "kind"))
    #expect(named.values.scalars(Double.self) == [1.5, 2] && named.labels == ["x, y", "z"])
    // A point beside commas may part thousands.
    for text in ["a;b\n1,5;2.5\n", "a;b\n1.234,5;2\n"] {
      #expect(sentence { _ = try read(text) }.contains("is not a number"), "\(text)")
    }
    #expect(try read("a;b\n1.5;2\n").values.scalars(Double.self) == [1.5, 2])
  }

  @Test func theHeaderIsALineWithoutNumbers() throws {
    #expect(try read("a,b\n1,2\n").columns == ["a", "b"])
    #expect(try read("1,2\n3,4\n", CSV.Options(header: .present)).columns == ["1", "2"])
    #expect(try read("a,b\n").values.shape == [0, 2])
  }

  @Test func labelsAndColumnsByNameAndNumber() throws {
    let text = "id,x,kind\n7,1,cat\n8,2,ant\n9,3,cat\n"
    let table = try read(text, CSV.Options(labels: -1, ignoring: ["id"]))
    #expect(table.columns == ["x"])
    #expect(table.classes == ["ant", "cat"])
    #expect(try table.labelIndices().scalars(Int.self) == [1, 0, 1])
    #expect(try table.labelIndices(in: ["cat", "ant"]).scalars(Int.self) == [0, 1, 0])
    #expect(sentence { _ = try table.labelIndices(in: ["cat"]) }.contains("the label 'ant'"))
    #expect(try read("x,y\n1,10\n2,9\n", CSV.Options(labels: "y")).classes == ["9", "10"])
  }

  @Test func chunksAreTheWhole() throws {
    let folder = try TemporaryFolder()
    let values = Tensor.normal([1000, 37], .float64, using: RandomGenerator(seed: 3))
    for name in ["a.csv", "a.csv.gz"] {
      let url = folder.url.appendingPathComponent(name)
      try CSV.write(values, to: url)
      let reader = try CSVReader(url)
      var parts: [Tensor] = []
      while let part = try reader.nextRows(99) { parts.append(part.values) }
      #expect(parts.count == 11)
      // Shortest texts read back to the bit.
      #expect(Tensor.concatenated(parts).largestDifference(from: values) == 0)
    }
  }

  @Test func writtenTextReadsBack() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.csv")
    let values = Tensor([[1, 0.1], [-3.5e-12, 16_777_216]] as [[Float]])
    let labels = ["a, \"b\"", " spaced\nline"]
    try CSV.write(values, columns: ["first", "second"], labels: labels, to: url, delimiter: ";")
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(
      text
        == "first;second;label\r\n1;0.1;\"a, \"\"b\"\"\"\r\n-3.5e-12;16777216;\" spaced\nline\"\r\n"
    )
    let table = try CSV.read(from: url, labels: "label")
    #expect(table.values.cast(to: .float32).largestDifference(from: values) == 0)
    #expect(table.labels == ["a, \"b\"", "spaced\nline"])
  }

  @Test(arguments: [
    ("1,2\n3\n", "row 2: the number of fields is 1 instead of 2"),
    ("a,b\n1,x\n", "row 2, column 'b': 'x' is not a number"),
    ("a,b\n1,\n", "row 2, column 'b': '' is not a finite number"),
    ("a,b\n1,NaN\n", "is not a finite number"), ("a,b\n1,1e999\n", "is not a finite number"),
    ("1,\"2\n3,4\n", "row 1: a quoted field is not closed"),
    ("1,\"2\"3\n", "text follows the closing quote"), ("1,\0\n", "zero byte"), ("", "no row"),
    ("\n\n", "no row"), ("1,0x10\n", "'0x10' is not a number"),
    ("a,b\n\"1\n\",2\n3,y\n", "row 2, column 'a': '1·' is not a number"),
  ])
  func badTables(text: String, problem: String) {
    #expect(sentence { _ = try read(text) }.contains(problem))
  }

  @Test(arguments: [
    (CSV.Column.named("z"), "there is no column 'z'; choose from: a, b"),
    (.number(9), "there is no column 9; choose from: a, b"),
  ])
  func columnsThatAreNotThere(column: CSV.Column, problem: String) {
    #expect(sentence { _ = try read("a,b\n1,2\n", CSV.Options(labels: column)) }.contains(problem))
  }

  @Test func gapsAreKeptOnRequest() throws {
    let options = CSV.Options(nonFinite: .kept)
    let values = try read("a,b\n1,\nNA,-inf\n", options).values.scalars(Double.self)
    #expect(values[0] == 1 && values[1].isNaN && values[2].isNaN && values[3] == -.infinity)
  }

  @Test func foreignEncodingsAndBombs() throws {
    let folder = try TemporaryFolder()
    let wide = try folder.file("a.csv", [0xff, 0xfe, 0x31, 0])
    #expect(sentence { _ = try CSV.read(from: wide) }.contains("UTF-16"))
    let latin = try folder.file("b.csv", Array("gr".utf8) + [0xf6, 0xdf, 0x0a, 0x31, 0x0a])
    #expect(sentence { _ = try CSV.read(from: latin) }.contains("not UTF-8"))
    let bomb = folder.url.appendingPathComponent("c.csv.gz")
    try CSV.write(Tensor.zeros([100_000, 2]), to: bomb)
    #expect(sentence { _ = try CSV.read(from: bomb, limit: 1 << 16) }.contains("longer than 65536"))
    #expect(sentence { _ = try CSV.read(from: latin, labels: "z") }.isEmpty == false)
  }

  @Test(arguments: [
    "123.456", "0.1", "-7", "999999999999999", ".5", "5.", "1e22", "0.000000000000001",
  ])
  func numbersAreTheNearestDoubles(text: String) {
    #expect(
      CSVNumber.value(of: ArraySlice(text.utf8)) == Double(text.hasSuffix(".") ? text + "0" : text)
    )
  }
}
