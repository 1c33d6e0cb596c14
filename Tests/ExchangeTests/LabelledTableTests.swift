import Foundation
import Tensors
import Testing

@testable import Exchange

/// Two parts of one table belong together by their names; numbers are divided by one rule.
@Suite struct LabelledTableTests {
  /// Float32 has seven digits: what is lost of more is said, where it matters.
  @Test func lostDigitsAreSaid() throws {
    try LabelledSourceTests.withFolder { folder in
      let file = folder.appendingPathComponent("a.csv")
      let rows = (0..<20).map { row in
        "\(1_700_000_000 + 10 * row),\(1_700_000 + row),\(Double(row) * 1e9),7000000001,\(row % 2)"
      }
      try Data(("time,id,large,same,kind\n" + rows.joined(separator: "\n")).utf8).write(to: file)
      let said = "the last digits of column time are lost, as Float32 has seven"
      let labelled = try LabelledSource(DataSource(file.path, labels: "kind")).training
      #expect(
        labelled.remarks.filter { $0.contains("digits") }.map { $0.hasPrefix(said) } == [true]
      )
      var reals = DataSource(file.path, labels: "time")
      reals.targets = .reals
      let numbers = try LabelledSource(reals).training
      #expect(
        numbers.remarks.contains { $0.hasPrefix("of the numbers to predict, the last digits") }
      )
      let archive = folder.appendingPathComponent("a.npz")
      let ids = Tensor((0..<20).map { 40_000_000_000 + $0 * $0 }).insertingAxis(1)
      try NumPy.writeArchive(["x": ids, "y": Tensor((0..<20).map { $0 % 2 })], to: archive)
      let arrays = try LabelledSource(DataSource(archive.path)).training
      #expect(arrays.remarks.contains { $0.contains("column 1 are lost") }, "\(arrays.remarks)")
    }
  }

  /// Columns by name or place: those of labels, those left out, those that are inputs.
  @Test func columnsAreChosen() throws {
    try LabelledSourceTests.withFolder { folder in
      func read(_ text: String, _ change: (inout DataSource) -> Void) throws -> LabelledData {
        let file = folder.appendingPathComponent("a.csv")
        try Data(text.utf8).write(to: file)
        var source = DataSource(file.path)
        change(&source)
        return try LabelledSource(source).training
      }
      let bare = "1.5,2,0\n3.5,4,1\n5.5,6,1\n"
      for labels in ["last", "2"] {
        let data = try read(bare) { $0.labels = labels }
        #expect(data.labels.scalars(Int.self) == [0, 1, 1] && data.shape == [2])
      }
      #expect(try read(bare) { $0.labels = "first" }.classes == ["1.5", "3.5", "5.5"])
      do {
        _ = try read(bare) { _ in }
        Issue.record("labels were guessed")
      } catch {
        #expect("\(error)".contains("it has no line of names"))
        #expect("\(error)".contains("--labels: last, first, or its number from 0 to 2"))
      }
      let named = "id,x,y2,kind\n7,1,2,b\n8,3,4,a\n"
      let some = try read(named) { ($0.labels, $0.ignored) = ("last", ["id"]) }
      #expect(some.remarks.contains("labels from column 'kind'"))
      #expect(some.columns == ["x", "y2"] && some.inputs[0].scalars(Float.self) == [1, 2])
      let two = try read(named) { ($0.labels, $0.inputs) = ("kind", ["y2", "x"]) }
      #expect(two.columns == ["y2", "x"] && two.inputs[1].scalars(Float.self) == [4, 3])
      // A column of that name is meant where there is one.
      let last = try read("last,x\na,1\nb,2\n") { $0.labels = "last" }
      #expect(last.classes == ["a", "b"] && last.columns == ["x"])
      for (ignored, inputs, word) in [
        (["no"], nil, "no column 'no'"), (["kind"], nil, "holds the labels"),
        (nil, ["x", "x"], "a column twice"), (nil, ["kind"], "a column twice"),
      ] as [([String]?, [String]?, String)] {
        var source = DataSource(folder.appendingPathComponent("b.csv").path, labels: "kind")
        (source.ignored, source.inputs) = (ignored, inputs)
        try Data(named.utf8).write(to: URL(fileURLWithPath: source.path))
        let sentence = LabelledSourceTests.refusal(source)
        #expect(sentence?.contains(word) == true, "\(sentence ?? "")")
      }
      // The test need not have what is left out.
      let test = folder.appendingPathComponent("test.csv")
      try Data("y2,kind,x\n2,b,1\n".utf8).write(to: test)
      var both = DataSource(folder.appendingPathComponent("b.csv").path, labels: "kind")
      (both.testPath, both.ignored) = (test.path, ["id"])
      #expect(try LabelledSource(both).test?.inputs[0].scalars(Float.self) == [1, 2])
      // The last column of one table is the same column of another.
      both.labels = "last"
      #expect(try LabelledSource(both).test?.inputs[0].scalars(Float.self) == [1, 2])
      let array = folder.appendingPathComponent("x.npy")
      try NumPy.write(Tensor.zeros([2, 2]), to: array)
      var other = DataSource(array.path, labels: array.path)
      other.ignored = ["id"]
      #expect(LabelledSourceTests.refusal(other)?.contains("this is no table") == true)
    }
  }

  private func read(
    _ training: String,
    _ test: String,
    _ change: (inout DataSource) -> Void = { _ in }
  ) throws -> LabelledSource {
    let folder = try TemporaryFolder()
    let files = [
      try folder.file("a.csv", training.utf8), try folder.file("b.csv", test.utf8),
    ]
    var source = DataSource(files[0].path, labels: "label", testPath: files[1].path)
    change(&source)
    return try LabelledSource(source)
  }

  @Test func columnsOfTheTestAreFoundByName() throws {
    let source = try read("a,b,label\n1,2,x\n3,4,y\n", "label,b,a\ny,6,5\n")
    #expect(source.test?.inputs.scalars(Float.self) == [5, 6])
    #expect(source.test?.labels.scalars(Int.self) == [1])
  }

  @Test(arguments: [
    ("a,b,label\n1,2,x\n3,4,y\n", "a,c,label\n5,6,x\n", "it lacks 'b' and has 'c' besides"),
    ("a,b,label\n1,2,x\n3,4,y\n", "a,b,c,label\n5,6,7,x\n", "it has 'c' besides"),
  ])
  func otherColumnsAreRefused(training: String, test: String, problem: String) {
    #expect(sentence { _ = try read(training, test) }.contains(problem))
  }

  @Test func namesOnOneSideAloneAreRefused() {
    let text = sentence {
      _ = try read("0,1,2\n1.5,2,0\n3,4,1\n", "5.5,6,0\n") { $0.labels = "2" }
    }
    #expect(text.contains("it has no line of names") && text.contains("--header"))
  }

  @Test func classesMayBeNamedInOrder() throws {
    let source = try read("a,label\n1,x\n3,y\n", "a,label\n5,x\n") { $0.classes = ["y", "x"] }
    #expect(source.training.classes == ["y", "x"])
    #expect(source.training.labels.scalars(Int.self) == [1, 0])
  }

  /// scikit-learn's digits go from 0 to 16; bytes need more than seven bits.
  @Test(arguments: [(16, nil, 1), (255, nil, 255), (200, nil, 255), (255, 1, 1), (16, 16, 16)])
  func pixelsAreDividedIfTheyAreBytes(largest: Int, asked: Double?, divisor: Double) throws {
    let header = "pixel_0_0,pixel_0_1,label\n"
    let source = try read(header + "0,\(largest),x\n4,8,y\n", header + "0,8,x\n") {
      $0.divisor = asked
    }
    #expect(source.training.divisor == divisor && source.test?.divisor == divisor)
    #expect(source.training.inputs[0].scalars(Float.self)[1] == Float(largest) / Float(divisor))
    #expect(source.test?.inputs.scalars(Float.self) == [0, 8 / Float(divisor)])
    let remark = source.training.remarks.last
    #expect(remark?.hasPrefix("inputs from 0 to \(largest), ") == true)
  }

  @Test func arraysFollowTheSameRule() throws {
    let folder = try TemporaryFolder()
    let (x, y) = (
      folder.url.appendingPathComponent("x.npy"), folder.url.appendingPathComponent("y.npy")
    )
    try NumPy.write(Tensor([0, 1]), to: y)
    let bytes = Tensor([0, 255, 51, 102] as [UInt8], shape: [2, 2])
    for (array, asked, divisor) in [
      (bytes, nil, 255), (bytes, 1, 1), (bytes.cast(to: .int64), nil, 1),
      (bytes.cast(to: .float32), 255, 255),
    ] as [(Tensor, Double?, Double)] {
      try NumPy.write(array, to: x)
      let data = try LabelledSource(DataSource(x.path, labels: y.path, divisor: asked)).training
      #expect(data.divisor == divisor)
      #expect(data.inputs.scalars(Float.self) == [0, 255, 51, 102].map { $0 / Float(divisor) })
      #expect(data.remarks.last?.hasPrefix("inputs from 0 to 255") == true)
    }
  }
}
