import Distillation
import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import ModelFiles

/// Networks that PyTorch wrote as ONNX, against what PyTorch computes; and files that are no good.
@Suite struct ONNXModelTests {
  private struct Right: Decodable {
    let input: ONNXNodeTests.Packed
    let output: ONNXNodeTests.Packed
    let gradient: ONNXNodeTests.Packed

    init(_ name: String) throws {
      self = try JSONDecoder().decode(
        Self.self,
        from: Data(contentsOf: Fixtures.url("onnx-\(name).json"))
      )
    }
  }

  @Test(arguments: Fixtures.networks) func networksAreThoseOfPyTorch(name: String) throws {
    let right = try Right(name)
    let x = right.input.tensor
    let network = try ModelNetwork(contentsOf: Fixtures.url("\(name).onnx"))
    let teacher = ModuleTeacher(network, observedAs: network.meaning)
    #expect(network.meaning == (name == "cnn" ? .probabilities : .logits))
    let output = right.output.tensor
    #expect(relativeError(try teacher.observe(x).values, output) <= 1e-5)
    let weights = Tensor((0..<output.count).map { Float(cos(Double($0))) }, shape: output.shape)
    let slope = try withTorchErrors { gradient(at: x) { (network($0) * weights).sum() } }
    #expect(relativeError(slope, right.gradient.tensor) <= 1e-4)
    #expect(network.parameterCount > 0)
  }

  /// In eight bits, with the scales of calibration and with those of each batch.
  @Test(arguments: ["static", "dynamic"]) func eightBitsAreThoseOfONNXRuntime(name: String) throws {
    struct Right: Decodable {
      let input: ONNXNodeTests.Packed
      let output: ONNXNodeTests.Packed
    }
    let right = try JSONDecoder().decode(
      Right.self,
      from: Data(contentsOf: Fixtures.url("quantised-\(name).json"))
    )
    let network = try ModelNetwork(contentsOf: Fixtures.url("quantised-\(name).onnx"))
    let teacher = ModuleTeacher(network, observedAs: network.meaning)
    let seen = try teacher.observe(right.input.tensor).values
    #expect(relativeError(seen, right.output.tensor) <= 1e-6)
  }

  @Test func networksCountAndTap() throws {
    let network = try ModelNetwork(contentsOf: Fixtures.url("mlp.onnx"))
    #expect(network.multiplyAdds(for: .zeros([1, 4])) == 4 * 6 + 6 * 3)
    #expect(network.parameterCount == 4 * 6 + 6 + 6 * 3 + 3)
    #expect(network.graph.taps.last == "y")
    #expect(network.inputShape == [4])
  }

  /// Reads and runs; whether both went well.
  @discardableResult
  private func runs(_ url: URL) -> Bool {
    do {
      _ = try ONNXModel.read(from: url).run([.ones([2, 1, 8, 8])])
      return true
    } catch {
      #expect(!"\(error)".contains("\n"), "\(error)")
      return false
    }
  }

  @Test func damagedFilesAreRefusedOrRun() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Fixtures.url("cnn.onnx"))
    #expect(runs(try folder.file("net.onnx", whole)))
    for count in stride(from: 0, to: whole.count, by: 5) {
      runs(try folder.file("net.onnx", whole.prefix(count)))
    }
    for index in stride(from: 0, to: whole.count, by: 7) {
      var changed = whole
      changed[index] ^= [0x01, 0x80, 0xff][index % 3]
      runs(try folder.file("net.onnx", changed))
    }
    let generator = RandomGenerator(seed: 1)
    for count in [0, 1, 10, 300] {
      let noise = Tensor.randomIntegers(0..<256, [count], using: generator).scalars(UInt8.self)
      #expect(!runs(try folder.file("net.onnx", noise)))
    }
  }

  /// A message of one field of bytes.
  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 1 << 14)
    let length = [UInt8(bytes.count & 0x7f | 0x80), UInt8(bytes.count >> 7)]
    return [number << 3 | 2] + length + bytes
  }

  /// A model of one node that takes `x` and gives `y`, with one initializer `w`.
  private static func model(_ node: [UInt8], initializer: [UInt8] = []) -> [UInt8] {
    func value(_ name: String) -> [UInt8] {
      field(1, Array(name.utf8)) + field(2, field(1, [8, 1]))
    }
    let graph =
      field(1, node) + (initializer.isEmpty ? [] : field(5, initializer))
      + [UInt8(11 << 3 | 2)] + [UInt8(value("x").count)] + value("x")
      + [UInt8(12 << 3 | 2)] + [UInt8(value("y").count)] + value("y")
    return field(7, graph) + field(8, [16, 17])
  }

  private static func node(_ type: String, _ inputs: [String]) -> [UInt8] {
    inputs.flatMap { field(1, Array($0.utf8)) } + field(2, Array("y".utf8))
      + field(4, Array(type.utf8))
  }

  static let lies: [(model: [UInt8], words: String)] = [
    (model(node("Relu", ["z"])), "'z' is used before anything makes it"),
    (model(node("ImageDecoder", ["x"])), "the operator ImageDecoder at 'y' is not known here"),
    (model(node("RandomNormalLike", ["x"])), "draws random numbers"),
    (model(node("Relu", ["x"]) + field(7, Array("mine".utf8))), "is of 'mine'"),
    (model(node("Relu", ["y"])), "'y' is used before"),
    // A tensor of shape [2³⁰, 2³⁰, 8] without numbers.
    (
      model(
        node("Add", ["x", "w"]),
        initializer: [8, 0x80, 0x80, 0x80, 0x80, 4, 8, 0x80, 0x80, 0x80, 0x80, 4, 8, 8, 16, 1]
          + field(8, [0x77])
      ), "has the impossible shape"
    ),
    (
      model(
        node("Add", ["x", "w"]),
        initializer: [8, 0x80, 0x80, 0x80, 0x80, 4, 16, 1] + field(8, [0x77])
      ),
      "has 0 numbers where its shape says"
    ),
    // A shape of [2⁶²] with four bytes, and integers that are given as real numbers.
    (
      model(
        node("Add", ["x", "w"]),
        initializer: [8] + [UInt8](repeating: 0x80, count: 8) + [0x40, 16, 1] + field(8, [0x77])
          + field(9, [0, 0, 0, 0])
      ), "has 4 bytes, which are not those of shape"
    ),
    (
      model(
        node("Add", ["x", "w"]),
        initializer: [8, 3, 16, 7] + field(8, [0x77]) + field(4, [UInt8](repeating: 0, count: 12))
      ), "has 0 numbers where its shape says 3"
    ),
    (
      model(
        node("Add", ["x", "w"]),
        initializer: [8, 1, 16, 1, 14 << 3, 1] + field(8, [0x77])
          + field(13, field(1, Array("location".utf8)) + field(2, Array("../secret".utf8)))
      ), "names a file outside the model's folder"
    ),
    ([], "holds no ONNX model"),
  ]

  @Test(arguments: lies.indices) func liesAreRefusedInASentence(index: Int) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("net.onnx", Self.lies[index].model)
    let text = sentence { try ONNXModel.read(from: url) }
    #expect(text.contains(Self.lies[index].words), "\(text)")
  }

  /// An attribute of one whole number.
  private static func attribute(_ name: String, _ number: Int) -> [UInt8] {
    var (rest, bytes) = (UInt(bitPattern: number), [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return field(
      5,
      field(1, Array(name.utf8)) + [3 << 3] + bytes + [UInt8(rest)] + [0xa0, 1, 2]
    )
  }

  /// A number as an initializer `w` without axes.
  private static func scalar(_ number: Double) -> [UInt8] {
    [16, 11] + field(8, [0x77]) + field(9, withUnsafeBytes(of: number) { Array($0) })
  }

  /// Numbers that are refused when the operator meets its input.
  static let absurdities: [(name: String, model: [UInt8], input: [Int])] = [
    ("Hardmax", model(node("Hardmax", ["x"])), []),
    ("TopK", model(node("TopK", ["x", "w"]), initializer: scalar(.nan)), [3]),
    ("OneHot", model(node("OneHot", ["x", "w", "x"]), initializer: scalar(1e15)), [2]),
    ("CumSum", model(node("CumSum", ["x", "w"]), initializer: scalar(1e300)), [3]),
    ("Trilu", model(node("Trilu", ["x", "w"]), initializer: scalar(-.infinity)), [3, 3]),
    (
      "DepthToSpace", model(node("DepthToSpace", ["x"]) + attribute("blocksize", 1 << 40)),
      [1, 4, 2, 2]
    ),
    (
      "SpaceToDepth", model(node("SpaceToDepth", ["x"]) + attribute("blocksize", .max)),
      [1, 4, 0, 2]
    ),
    ("Split", model(node("Split", ["x"]) + attribute("num_outputs", .max)), [3]),
    ("Flatten", model(node("Flatten", ["x"]) + attribute("axis", 7)), [3]),
  ]

  @Test(arguments: absurdities.indices) func absurdNumbersAreRefused(index: Int) throws {
    let (name, model, shape) = Self.absurdities[index]
    let folder = try TemporaryFolder()
    let graph = try ONNXModel.read(from: folder.file("net.onnx", model))
    let error = #expect(throws: (any Error).self) { try graph.run([Tensor.zeros(shape)]) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(name) && !text.contains("\n"), "\(text)")
  }

  @Test func weightsMayLieInAFileBesideTheModel() throws {
    let folder = try TemporaryFolder()
    var numbers: [Float] = [9, 2, 3]
    _ = try folder.file("weights.bin", numbers.withUnsafeMutableBytes { Data($0) })
    func entry(_ key: String, _ text: String) -> [UInt8] {
      Self.field(13, Self.field(1, Array(key.utf8)) + Self.field(2, Array(text.utf8)))
    }
    let tensor: [UInt8] =
      [8, 2, 16, 1, 14 << 3, 1] + Self.field(8, [0x77])
      + entry("location", "weights.bin") + entry("offset", "4") + entry("length", "8")
    let model = Self.model(Self.node("Add", ["x", "w"]), initializer: tensor)
    let graph = try ONNXModel.read(from: folder.file("net.onnx", model))
    #expect(try graph.run([.ones([2])])[0].scalars(Float.self) == [3, 4])
    _ = try folder.file("weights.bin", [1, 2, 3])
    let text = sentence { try ONNXModel.read(from: folder.url.appendingPathComponent("net.onnx")) }
    #expect(text.contains("does not fit"))
  }
}
