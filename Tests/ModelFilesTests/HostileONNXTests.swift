import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// ONNX models that are made to harm: graphs without end, functions that grow, lists that are no
/// shapes. Each is refused in one sentence.
@Suite struct HostileONNXTests {
  /// A message of one field of bytes.
  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var (length, prefix) = (bytes.count, [UInt8]())
    while length >= 0x80 {
      prefix.append(UInt8(length & 0x7f) | 0x80)
      length >>= 7
    }
    return key(number, 2) + prefix + [UInt8(length)] + bytes
  }

  private static func key(_ number: UInt8, _ wire: UInt8) -> [UInt8] {
    number < 16 ? [number << 3 | wire] : [(number << 3 | wire) & 0x7f | 0x80, number >> 4]
  }

  private static func text(_ number: UInt8, _ text: String) -> [UInt8] {
    field(number, Array(text.utf8))
  }

  private static func node(
    _ type: String,
    _ inputs: [String],
    _ output: String,
    domain: String = "",
    _ more: [UInt8] = []
  ) -> [UInt8] {
    inputs.flatMap { text(1, $0) } + text(2, output) + text(4, type) + text(7, domain) + more
  }

  private static func value(_ name: String) -> [UInt8] {
    text(1, name) + field(2, field(1, [8, 1]))
  }

  private static func graph(_ nodes: [[UInt8]], inputs: [String], outputs: [String]) -> [UInt8] {
    nodes.flatMap { field(1, $0) } + inputs.flatMap { field(11, value($0)) }
      + outputs.flatMap { field(12, value($0)) }
  }

  private static func model(_ graph: [UInt8], functions: [[UInt8]] = []) -> [UInt8] {
    field(7, graph) + field(8, [16, 21]) + functions.flatMap { field(25, $0) }
  }

  private static func function(_ name: String, _ nodes: [[UInt8]]) -> [UInt8] {
    text(1, name) + text(4, "a") + text(5, "b") + nodes.flatMap { field(7, $0) }
      + field(9, [16, 21]) + text(10, "own")
  }

  private static func attribute(_ name: String, graph: [UInt8]) -> [UInt8] {
    field(5, text(1, name) + field(6, graph) + key(20, 0) + [5])
  }

  /// Graphs inside one another.
  private static func nested(_ depth: Int) -> [UInt8] {
    var inner = graph([node("Relu", ["x"], "y")], inputs: [], outputs: ["y"])
    for _ in 0..<depth {
      let branches = attribute("then_branch", graph: inner) + attribute("else_branch", graph: [])
      inner = graph([node("If", ["c"], "y", branches)], inputs: [], outputs: ["y"])
    }
    return inner
  }

  private static func calling(_ name: String) -> [UInt8] {
    graph([node(name, ["x"], "y", domain: "own")], inputs: ["x"], outputs: ["y"])
  }

  static let files: [(what: String, model: [UInt8], words: String)] = [
    (
      "a function that calls itself",
      model(
        calling("f"),
        functions: [function("f", [node("f", ["a"], "b", domain: "own")])]
      ), "calls itself"
    ),
    (
      "functions in a circle",
      model(
        calling("f"),
        functions: [
          function("f", [node("g", ["a"], "b", domain: "own")]),
          function("g", [node("f", ["a"], "b", domain: "own")]),
        ]
      ), "calls itself"
    ),
    (
      "functions that double twenty times over",
      model(
        calling("f0"),
        functions: (0..<22).map { index in
          function(
            "f\(index)",
            index == 21
              ? [node("Relu", ["a"], "b")]
              : [
                node("f\(index + 1)", ["a"], "c", domain: "own"),
                node("f\(index + 1)", ["c"], "b", domain: "own"),
              ]
          )
        }
      ), "written out have more than"
    ),
    (
      "a call with more inputs than the function has",
      model(
        graph([node("f", ["x", "x"], "y", domain: "own")], inputs: ["x"], outputs: ["y"]),
        functions: [function("f", [node("Relu", ["a"], "b")])]
      ), "does not fit"
    ),
    (
      "graphs inside graphs inside graphs",
      model(
        graph(
          [
            node(
              "If",
              ["c"],
              "y",
              attribute("then_branch", graph: nested(200)) + attribute("else_branch", graph: [])
            )
          ],
          inputs: ["x", "c"],
          outputs: ["y"]
        )
      ), "inside one another"
    ),
    (
      "a graph that uses what only comes later",
      model(
        graph(
          [
            node(
              "If",
              ["c"],
              "y",
              attribute(
                "then_branch",
                graph: graph([node("Relu", ["z"], "t")], inputs: [], outputs: ["t"])
              ) + attribute("else_branch", graph: [])
            ), node("Relu", ["x"], "z"),
          ],
          inputs: ["x", "c"],
          outputs: ["y"]
        )
      ), "'z' is used before anything makes it"
    ),
  ]

  @Test(arguments: files.indices) func isRefusedInASentence(index: Int) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("net.onnx", Self.files[index].model)
    let text = sentence { try ONNXModel.read(from: url) }
    #expect(text.contains(Self.files[index].words), "\(Self.files[index].what): \(text)")
    #expect(!text.contains("\n"))
  }

  /// A loop without limit whose condition stays true.
  @Test func endlessLoopsEnd() throws {
    let body = Self.graph(
      [Self.node("Identity", ["d"], "e")],
      inputs: ["i", "d"],
      outputs: ["e"]
    )
    let loop = Self.node("Loop", ["", "c"], "y", Self.attribute("body", graph: body))
    let folder = try TemporaryFolder()
    let url = try folder.file(
      "net.onnx",
      Self.model(Self.graph([loop], inputs: ["c"], outputs: ["y"]))
    )
    let graph = try ONNXModel.read(from: url)
    let error = #expect(throws: (any Error).self) { try graph.run([Tensor(true)]) }
    #expect("\(error as Any)".contains("steps"))
  }

  /// A loop and a choice, with their own weights and those of outside.
  @Test func graphsInsideSeeWhatIsOutside() throws {
    let branch = { (type: String) in
      Self.graph([Self.node(type, ["x", "x"], "t")], inputs: [], outputs: ["t"])
    }
    let choice = Self.node(
      "If",
      ["c"],
      "y",
      Self.attribute("then_branch", graph: branch("Add"))
        + Self.attribute("else_branch", graph: branch("Mul"))
    )
    let folder = try TemporaryFolder()
    let url = try folder.file(
      "net.onnx",
      Self.model(Self.graph([choice], inputs: ["x", "c"], outputs: ["y"]))
    )
    let graph = try ONNXModel.read(from: url)
    let x = Tensor([3 as Float, -2])
    #expect(try graph.run([x, Tensor(true)])[0].scalars(Float.self) == [6, -4])
    #expect(try graph.run([x, Tensor(false)])[0].scalars(Float.self) == [9, 4])
    let slope = try withTorchErrors {
      gradient(at: x) { x in
        (try? graph.run([x, Tensor(false)])[0].sum()) ?? Tensor(.nan as Float)
      }
    }
    #expect(slope.scalars(Float.self) == [6, -4])
  }

  private static func integers(_ name: String, _ list: [Int]) -> [UInt8] {
    let bytes = list.flatMap { number in withUnsafeBytes(of: Int64(number).littleEndian, Array.init)
    }
    return [8, UInt8(list.count), 16, 7] + text(8, name) + field(9, bytes)
  }

  /// Files of a few bytes that ask for more memory than there is.
  static let greed: [(type: String, inputs: [String], numbers: [Int])] = [
    ("Expand", ["x", "w"], [1 << 40, 2]), ("Tile", ["x", "w"], [1 << 40]),
    ("Pad", ["x", "w"], [1 << 31, 1 << 31]), ("ConstantOfShape", ["w"], [1 << 20, 1 << 20]),
    ("OneHot", ["o", "w", "x"], [1 << 24]), ("Resize", ["x", "", "", "w"], [1 << 31]),
    ("ConstantOfShape", ["w"], [-1]), ("ConstantOfShape", ["w"], [1 << 62, 1 << 62]),
    ("Reshape", ["x", "w"], [-1, -1]), ("Reshape", ["x", "w"], [.max, .max]),
    ("Expand", ["x", "w"], [-3]), ("Tile", ["x", "w"], [-1]),
  ]

  @Test(arguments: greed.indices) func askingForTooMuchIsRefused(index: Int) throws {
    let (type, inputs, numbers) = Self.greed[index]
    let graph =
      Self.field(1, Self.node(type, inputs, "y")) + Self.field(5, Self.integers("w", numbers))
      + Self.field(11, Self.value("x")) + Self.field(11, Self.value("o"))
      + Self.field(12, Self.value("y"))
    let folder = try TemporaryFolder()
    let read = try ONNXModel.read(from: folder.file("net.onnx", Self.model(graph)))
    let many = Tensor.zeros([1 << 12])
    let error = #expect(throws: (any Error).self, "\(type) \(numbers)") {
      try read.run([Tensor([1 as Float, 2]), many])
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(type) && !text.contains("\n"), "\(text)")
  }

  /// Values that each fit and together do not: these repeat one number and take no memory yet.
  @Test func askingForTooMuchTogetherIsRefused() throws {
    let count = MachineMemory.bytes / 16
    let names = ["a", "b", "c"]
    let graph =
      names.flatMap { Self.field(1, Self.node("Expand", ["x", "w"], $0)) }
      + Self.field(1, Self.node("Sum", names, "y"))
      + Self.field(5, Self.integers("w", [count, 1]))
      + Self.field(11, Self.value("x")) + Self.field(12, Self.value("y"))
    let folder = try TemporaryFolder()
    let read = try ONNXModel.read(from: folder.file("net.onnx", Self.model(graph)))
    let error = #expect(throws: (any Error).self) { try read.run([Tensor([1 as Float])]) }
    #expect(error.map { "\($0)" }?.contains("more than half of the memory of this machine") == true)
  }
}
