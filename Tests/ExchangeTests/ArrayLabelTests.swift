import Foundation
import Tensors
import Testing

@testable import Exchange

/// Labels that `Tools/reference/labels.py` wrote.
@Suite struct ArrayLabelTests {
  private let archive = Fixtures.url("labels.npz")
  private let names = ["low", "high", "mid", "low", "höher", "mid"]

  private func refusal(_ name: String, _ classes: [String]? = nil) -> String {
    do { _ = try ArrayLabels(name, of: archive, classes: classes) } catch { return "\(error)" }
    return "nothing was refused"
  }

  @Test(arguments: ["wide", "big", "narrow", "column"])
  func textsAreNamesOfClasses(name: String) throws {
    let labels = try ArrayLabels(name, of: archive, classes: nil)
    #expect(labels.classes == ["high", "höher", "low", "mid"])
    #expect(labels.numbers.scalars(Int.self).map { labels.classes![$0] } == names)
    let order = ["mid", "low", "höher", "high", "none"]
    let ordered = try ArrayLabels(name, of: archive, classes: order)
    #expect(ordered.numbers.scalars(Int.self).map { order[$0] } == names)
    #expect(refusal(name, ["low", "mid"]).contains("'high' is not one of the 2 classes"))
  }

  @Test(arguments: [("onehot", 3), ("bits", 4)])
  func oneHotRows(name: String, count: Int) throws {
    let labels = try ArrayLabels(name, of: archive, classes: nil)
    #expect(labels.numbers.scalars(Int.self) == [0, 2, 1, 0, 2, 1])
    #expect(labels.classes == (0..<count).map(String.init))
    #expect(refusal(name, ["a", "b"]).contains("one-hot rows of \(count) classes"))
  }

  @Test func othersAreNone() throws {
    #expect(refusal("matrix").contains("texts of the shape [2, 3]"))
    #expect(refusal("nothing").contains("no array named"))
    // No row of chances is one-hot.
    #expect(try ArrayLabels("soft", of: archive, classes: nil).numbers.shape == [6, 3])
  }

  /// The whole set, as `compress` reads it: an archive and two files, with opacity left out.
  @Test func labelledSets() throws {
    let source = DataSource(
      archive.path,
      labels: "wide",
      images: "x",
      classes: ["low", "mid", "high", "höher"]
    )
    let data = try LabelledSource(source).training
    #expect(data.labels.scalars(Int.self) == [0, 2, 1, 0, 3, 1] && data.shape == [2])
    let pixels = Fixtures.url("opacity.npy")
    let images = try LabelledSource(
      DataSource(pixels.path, labels: Fixtures.url("labels.npy").path)
    ).training
    #expect(images.shape == [3, 5, 2] && images.classes == ["high", "höher", "low", "mid"])
    #expect(images.remarks.contains { $0.contains("opacity") })
    let numbers = try NumPy.read(from: pixels).scalars(Int.self)
    // The second image's green at row 3, column 1.
    let written = Double(numbers[((1 * 5 + 3) * 2 + 1) * 4 + 1])
    let read = images.inputs[1].scalars(Double.self)[1 * 10 + 3 * 2 + 1]
    #expect(abs(read - written / 255) < 1e-6)
    let soft = DataSource(archive.path, labels: "soft", images: "x")
    #expect(LabelledSourceTests.refusal(soft)?.contains("a row with a single 1") == true)
  }

  @Test func damagedTextIsRefused() throws {
    let bytes = Fixtures.bytes("labels.npy")
    for cut in [1, 4, 24, bytes.count - 90] {
      let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).npy")
      defer { try? FileManager.default.removeItem(at: url) }
      try Data(bytes.dropLast(cut)).write(to: url)
      #expect(throws: FileError.self) { _ = try ArrayLabels(file: url, classes: nil) }
      var wrong = bytes
      wrong[bytes.count - 1] = 0x7f
      try Data(wrong).write(to: url)
      #expect(throws: FileError.self) { _ = try ArrayLabels(file: url, classes: nil) }
    }
  }

  @Test func textOfATableIsWhatIsWritten() throws {
    let values = Tensor([0.1, 1 / 3, 1e-17, 2], shape: [2, 2])
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    let columns = ["P(a, \"b\")", " c"]
    try CSV.write(values, columns: columns, to: url)
    let written = try String(contentsOf: url, encoding: .utf8)
    let text = CSV.text(values, columns: columns)
    #expect(text + "\n" == written.replacingOccurrences(of: "\r\n", with: "\n"))
    #expect(text.hasPrefix("\"P(a, \"\"b\"\")\",\" c\"\n0.1,0.3333333333333333\n"))
  }
}
