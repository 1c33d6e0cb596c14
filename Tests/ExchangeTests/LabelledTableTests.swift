import Foundation
import Tensors
import Testing

@testable import Exchange

/// Two parts of one table belong together by their names; numbers are divided by one rule.
@Suite struct LabelledTableTests {
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
