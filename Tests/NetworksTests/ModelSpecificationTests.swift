import Foundation
import Tensors
import Testing

@testable import Networks

@Suite struct ModelSpecificationTests {
  @Test(arguments: [
    "mlp:784-50-30-10", "mlp:784-10", "mlp:4-3-2,gelu", "cnn:1x28x28-16c3-32c3s2-64c3s2-gap-10",
    "cnn:16c3-m2-32c5p0-a2-128-10,tanh", "cnn:3x32x32-16c3b-16r3-32r3s2-gap-d0.2-10",
    "cnn:8x9x9-8c3g8-m3s2-10,silu", "cnn:2x5x5-4c2s2p0-3", "mlp:784-50b-d0.5-30n-10",
    "mlp:6-b-5-n-d0.25-3,tanh", "mlp:6-d0.1-3",
    "transformer:1x28x28-7p32-4h64-4h64-10", "transformer:60-5p8-2h16-3,gelu",
    "transformer:4p8-1h8-2",
  ])
  func textReadsBack(text: String) throws {
    let specification = try ModelSpecification(text)
    #expect(specification.description == text)
    let coded = try JSONEncoder().encode([specification])
    #expect(try JSONDecoder().decode([ModelSpecification].self, from: coded) == [specification])
  }

  /// The default padding is half the size, the default stride of a pool its size, and ReLU the
  /// default activation: saying them changes nothing.
  @Test func whatIsUsualIsLeftOut() throws {
    let said = try ModelSpecification("CNN:28x28-16c3s1p1g1-m2s2-10, relu")
    #expect(said.description == "cnn:1x28x28-16c3-m2-10")
  }

  @Test func blocksReadAsText() throws {
    func block(_ json: String) throws -> ModelSpecification {
      try JSONDecoder().decode(ModelSpecification.self, from: Data(json.utf8))
    }
    let network = try block(
      #"{"kind": "cnn", "input": "1x28x28", "layers": ["16c3", "gap", 10], "activation": "gelu"}"#
    )
    #expect(network.description == "cnn:1x28x28-16c3-gap-10,gelu")
    #expect(
      try block(#"{"kind": "mlp", "layers": [784, 50, 10]}"#).description == "mlp:784-50-10"
    )
    let error = try #require(throws: SpecificationError.self) {
      try block(#"{"kind": "mlp", "widths": [784, 50, 10]}"#)
    }
    #expect(error.description == "a network has no 'widths': write kind, input, layers, activation")
  }

  @Test func perceptronsAreMLP() throws {
    let module = try ModelSpecification("mlp:6-5-3,tanh").module(using: RandomGenerator(seed: 1))
    let network = try #require(module as? MLP)
    #expect(network.widths == [6, 5, 3] && network.activation == .tanh)
    let same = MLP([6, 5, 3], activation: .tanh, using: RandomGenerator(seed: 1))
    #expect(
      zip(network.parameters, same.parameters).allSatisfy {
        $0.value.scalars(Float.self) == $1.value.scalars(Float.self)
      }
    )
  }

  /// The paths of `nn.Sequential(Linear(6, 5), BatchNorm1d(5), ReLU(), Dropout(), Linear(5, 4), ReLU(),
  /// LayerNorm(4), Linear(4, 3))`.
  @Test func normalisedPerceptronsAreNamedAsInSequential() throws {
    let specification = try ModelSpecification("mlp:6-5b-d0.5-4-n-3")
    #expect(specification.inputShape == [6] && specification.outputCount == 3)
    let network = specification.module(using: RandomGenerator(seed: 1))
    #expect(
      network.namedParameters.map(\.path) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked", "4.weight", "4.bias", "6.weight", "6.bias", "7.weight", "7.bias",
      ]
    )
    let counted = network.namedParameters.filter { $0.parameter.role == .trained }
      .reduce(0) { $0 + $1.parameter.value.count }
    // Four numbers each: value, gradient and two moments; and no batch.
    #expect(specification.bytesToTrain(batch: 0) == Double(16 * counted))
    let x = Tensor.normal([7, 6], using: RandomGenerator(seed: 2))
    #expect(network(x).shape == [7, 3])
    let pass = Pass(training: RandomGenerator(seed: 3))
    #expect(network(x, pass).largestDifference(from: network(x)) > 0.01)
  }

  @Test(arguments: [
    ("mlp:784-5x-10", "character 9: '5x' is not a width"), ("mlp:b-5-3", "character 5: 'b'"),
    ("mlp:6-5-3b", "'3b' is not a width"), ("mlp:6-d1-3", "character 7: dropout needs"),
    ("mlp:6-dx-3", "dropout needs"), ("mlp:6-5bn-3", "'5b' is not a width"),
    ("mlp:6-0b-3", "'0' is not a width"), ("mlp:6-5-n", "'n' is not a width"),
  ])
  func whatIsNoLayerOfAPerceptronIsRefused(text: String, words: String) {
    let error = #expect(throws: SpecificationError.self) { try ModelSpecification(text) }
    #expect(error?.description.contains(words) == true, "\(error as Any)")
  }

  /// Every line of the notation can be written as it stands, and the documentation has it too.
  @Test func theNotationReads() throws {
    let page = try String(
      contentsOf: URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Documentation/Compress.md"),
      encoding: .utf8
    )
    for (written, meaning) in ModelSpecification.notation {
      #expect(page.contains("`\(written)`"), "\(written)")
      let networks = [
        written, "cnn:4x9x9-\(written)-10", "transformer:4x14x14-\(written)-1h2-10",
        "transformer:4x14x14-7p32-\(written)-10",
      ]
      let read = networks.filter { network in
        ["4c3", "7p4-1h2"].contains {
          (try? ModelSpecification(network.replacing("…", with: $0))) != nil
        }
      }
      #expect(!read.isEmpty, "\(written)")
      #expect(!meaning.isEmpty)
    }
  }

  /// The paths and shapes of `nn.Sequential(Conv2d(1, 16, 3, padding=1), ReLU(), Conv2d(16, 32, 3, 2,
  /// 1), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 7 * 7, 64), ReLU(), Linear(64, 10))`.
  @Test func convolutionsAreNamedAsInSequential() throws {
    let text = "cnn:1x28x28-16c3-32c3s2-m2-64-10"
    let network = try ModelSpecification(text).module(using: RandomGenerator(seed: 1))
    let shapes = network.namedParameters.map { "\($0.path) \($0.parameter.shape)" }
    #expect(
      shapes == [
        "0.weight [16, 1, 3, 3]", "0.bias [16]", "2.weight [32, 16, 3, 3]", "2.bias [32]",
        "6.weight [64, 1568]", "6.bias [64]", "8.weight [10, 64]", "8.bias [10]",
      ]
    )
  }

  @Test(arguments: [
    "cnn:3x9x7-4c3-4c3s2-gap-5", "cnn:3x9x7-6c3b-6r3-8r3s2-gap-5", "cnn:3x9x7-4c4s3p0-5",
    "cnn:3x9x7-m2-a3s1-d0.5-12-5", "cnn:3x9x7-6c3g3-5,gelu", "cnn:3x9x7-5",
    "transformer:3x9x7-1p4-2h6-1h3-5,gelu",
  ])
  func imagesComeFlatOrNot(text: String) throws {
    let specification = try ModelSpecification(text)
    let network = specification.module(using: RandomGenerator(seed: 1))
    let images = Tensor.normal([4, 3, 9, 7], using: RandomGenerator(seed: 2))
    let outputs = network(images)
    #expect(outputs.shape == [4, 5] && specification.outputCount == 5)
    #expect(network(images.flattened(from: 1)).scalars(Float.self) == outputs.scalars(Float.self))
    // Every parameter matters: none is left out of the evaluation.
    let pass = Pass(training: RandomGenerator(seed: 3))
    let weights = Tensor.normal([4, 5], using: RandomGenerator(seed: 4))
    let (_, gradients) = valueWithGradients(of: network.parameters) {
      (network(images, pass).squared * weights).sum()
    }
    #expect(gradients.allSatisfy { $0.magnitude.maximum().doubleValue > 0 })
  }

  /// Without places, pieces may be exchanged; with them they may not.
  @Test func transformersSeePieces() throws {
    let text = "transformer:1x4x6-2p4-2h5-3"
    let network = try #require(
      ModelSpecification(text).module(using: RandomGenerator(seed: 1)) as? TransformerNetwork
    )
    let paths = network.namedParameters.map { "\($0.path) \($0.parameter.shape)" }
    #expect(paths.count == 2 + 1 + 12 + 2 + 2)
    #expect(paths[0] == "embedding.weight [4, 4]" && paths[2] == "positions [6, 4]")
    #expect(paths[3] == "layers.0.self_attn.in_proj_weight [12, 4]")
    var rows: [[Double]] = []
    for y in 0..<4 {
      let row: [Int] = (0..<6).map { 7 * y * y + $0 * $0 }
      rows.append(row.map { Double($0) / 40 })
    }
    var exchanged = rows
    for y in 0..<2 {
      for x in 0..<2 {
        (exchanged[y][x], exchanged[y + 2][x + 4]) = (rows[y + 2][x + 4], rows[y][x])
      }
    }
    let images = [rows, exchanged].map { image in
      Tensor([image.flatMap { $0 }]).cast(to: .float32)
    }
    #expect(network(images[0]).largestDifference(from: network(images[1])) > 1e-4)
    network.positions.replace(with: network.positions.value.zerosLike)
    #expect(network(images[0]).largestDifference(from: network(images[1])) < 1e-6)
    // Half a piece is no piece.
    let moved = images[0].reshaped(to: [4, 6]).rolled(by: 1, along: 1).reshaped(to: [1, 24])
    #expect(network(images[0]).largestDifference(from: network(moved)) > 1e-4)
  }

  @Test func transformersFindOutWhatTheySee() throws {
    let open = try ModelSpecification("transformer:4p8-2h6-3")
    #expect(open.inputShape == nil)
    #expect(try open.resolved(for: [3, 8, 12]).description == "transformer:3x8x12-4p8-2h6-3")
    let table = try open.resolved(for: [20])
    #expect(table.description == "transformer:20-4p8-2h6-3")
    let network = table.module(using: RandomGenerator(seed: 1))
    let outputs = network(Tensor.zeros([5, 20]))
    #expect(outputs.shape == [5, 3])
    let error = try #require(throws: SpecificationError.self) { try open.resolved(for: [21]) }
    #expect(error.description.contains("21 features cannot be split into pieces of 4"))
  }

  /// Of a residual block whose second normalisation is zero only the shortcut is left.
  @Test func residualBlocksAddTheirInput() throws {
    let text = "cnn:4x6x6-4r3-3,identity"
    let network = try ModelSpecification(text).module(using: RandomGenerator(seed: 1))
    let named = Dictionary(
      uniqueKeysWithValues: network.namedParameters.map { ($0.path, $0.parameter) }
    )
    let scale = try #require(named["0.body.4.weight"])
    scale.replace(with: scale.value.zerosLike)
    let images = Tensor.normal([2, 4, 6, 6], using: RandomGenerator(seed: 2))
    let head = images.flattened(from: 1).linear(
      weight: try #require(named["3.weight"]).value,
      bias: try #require(named["3.bias"]).value
    )
    #expect(network(images).largestDifference(from: head) < 1e-5)
  }

  @Test func theDataMaySayTheSize() throws {
    let open = try ModelSpecification("cnn:16c3-gap-10")
    #expect(open.inputShape == nil)
    #expect(try open.resolved(for: [3, 32, 32]).description == "cnn:3x32x32-16c3-gap-10")
    let error = try #require(throws: SpecificationError.self) { try open.resolved(for: [20]) }
    #expect(
      error.description.hasPrefix("cnn:16c3-gap-10 is for images, and the inputs are 20 numbers")
    )
    let small = try ModelSpecification("cnn:16c7p0-10")
    #expect(throws: SpecificationError.self) { try small.resolved(for: [1, 5, 5]) }
  }

  @Test(arguments: [
    ("784-50-10", 1, "this is not a network"),
    ("rnn:3-4", 1, "there is no kind 'rnn' of network: did you mean cnn:?"),
    ("forest:3-4", 1, "there is no kind 'forest' of network: write mlp:, cnn: or transformer:"),
    ("mlp:784", 8, "there is only one width"),
    ("mlp:784--10", 9, "a layer is missing here"),
    ("mlp:784-5O-10", 9, "'5O' is not a width"),
    ("mlp:784-0-10", 9, "'0' is not a width"),
    ("mlp:784-50-10,gelo", 15, "there is no activation 'gelo': did you mean gelu?"),
    ("cnn:1x0x28-16c3-10", 5, "'1x0x28'"),
    ("cnn:1x28x28-16q3-10", 16, "is not a layer"),
    ("cnn:1x28x28-16c3z2-10", 18, "after a convolution may stand"),
    ("cnn:1x28x28-16c3", 13, "the last layer must be the number of outputs"),
    ("cnn:1x4x4-16c7p0-10", 11, "a window of 7 does not fit an image of 4x4"),
    ("cnn:1x4x4-8-16c3-10", 13, "images are needed here"),
    ("cnn:3x4x4-8c3g2-10", 11, "3 channels and 8 filters cannot be split into 2 groups"),
    ("cnn:3x4x4-8r2-10", 14, "a residual block needs windows of odd size"),
    ("cnn:3x4x4-d1.5-10", 12, "dropout needs a probability"),
    ("transformer:1x28x28-16c3-10", 21, "pieces of the input are needed here"),
    ("transformer:60", 15, "pieces of the input are needed here"),
    ("transformer:60-5p8-3", 20, "behind the pieces stand layers such as 4h64"),
    ("transformer:60-5p8-2h16", 20, "behind the pieces stand layers such as 4h64"),
    ("transformer:60-5p8-2q16-3", 20, "'2q16' is not a layer"),
    ("transformer:60-5p8-3h16-3", 20, "8 numbers of a piece cannot be split among 3 heads"),
    ("transformer:61-5p8-2h16-3", 13, "61 features cannot be split into pieces of 5"),
    ("transformer:1x28x30-7p8-2h16-3", 13, "1x28x30 cannot be split into pieces of 7x7"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, place: Int, problem: String) throws {
    let error = try #require(throws: SpecificationError.self) { try ModelSpecification(text) }
    #expect(error.description.hasPrefix("'\(text)', character \(place): "), "\(error)")
    #expect(error.description.contains(problem), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test(.timeLimit(.minutes(1))) func manyLayersAreRefusedInTime() {
    let text = "mlp:" + String(repeating: "9-", count: 50_000) + "9"
    #expect(throws: SpecificationError.self) { try ModelSpecification(text) }
  }

  /// Counted by hand: weights and biases four times, what is in the layers twice for each example.
  @Test(arguments: [
    ("mlp:4-3-2", [5 * 3, 4 * 2], [4, 3, 2]),
    ("cnn:1x4x4-2c3s2-gap-3", [2 * 10, 3 * 3], [16, 8, 3]),
    ("cnn:2x4x4-2r3-m2-1", [2 * 19, 2 * 19, 9], [32, 32, 32, 8, 1]),
    (
      "transformer:2x4x4-2p6-3h5-7",
      [9 * 6, 4 * 6, 3 * 7 * 6, 7 * 6, 7 * 5, 6 * 6, 3 * 12, 7 * 7],
      [4 * 8, 4 * 6, 4 * (6 * 6 + 5), 7]
    ),
  ])
  func memoryIsForetold(_ text: String, parameters: [Int], values: [Int]) throws {
    let numbers = 4 * parameters.reduce(0, +) + 2 * 10 * values.reduce(0, +)
    #expect(try ModelSpecification(text).bytesToTrain(batch: 10) == Double(4 * numbers))
  }

  @Test func memoryBeyondEveryCountIsForetold() throws {
    let huge = try ModelSpecification("mlp:16777216-16777216-16777216-2")
    #expect(huge.bytesToTrain(batch: 1 << 40) > 1e15)
  }
}
