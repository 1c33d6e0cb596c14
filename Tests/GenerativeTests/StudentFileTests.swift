import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct StudentFileTests {
  /// Written and read back, a student says the same to the last bit.
  @Test func studentsComeBackAsTheyWere() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    let states = allStates(5)
    func check(_ model: some AutoregressiveModel, _ other: some AutoregressiveModel) {
      #expect(model.order == other.order)
      #expect(
        model.logProbability(states).largestDifference(from: other.logProbability(states)) == 0
      )
      let drawn = other.samples(10, seed: 1).cast(to: .float32)
      #expect(model.samples(10, seed: 1).cast(to: .float32).largestDifference(from: drawn) == 0)
    }
    let generator = RandomGenerator(seed: 1)
    for sampling in [MADE.MaskSampling.fixed, .agnostic(masks: 3), .orderAgnostic()] {
      let made = StudentCase.spread(
        MADE(
          inputs: 5,
          hidden: [9, 8],
          activation: .tanh,
          order: StudentCase.order,
          masks: sampling,
          connectsDirectly: sampling.count == 1,
          using: generator
        )
      )
      try made.write(to: file, metadata: ["by": "a test"])
      let same = try MADE(contentsOf: file)
      check(made, same)
      #expect(same.sampling == sampling)
      // Training goes on with the same masks.
      let passes = [made, same].map { $0(states, Pass(training: RandomGenerator(seed: 2))) }
      #expect(passes[0].largestDifference(from: passes[1]) == 0)
    }
    let deep = StudentCase.spread(
      DeepNADE(
        inputs: 5,
        hidden: [8, 7],
        activation: .tanh,
        order: StudentCase.order,
        using: generator
      )
    )
    try deep.write(to: file)
    check(deep, try DeepNADE(contentsOf: file))

    let real = RNADETests.example()
    try real.write(to: file)
    let same = try RNADE(contentsOf: file)
    let x = Tensor.normal([4, 2], using: generator)
    #expect(same.order == real.order)
    #expect(real.logProbability(x).largestDifference(from: same.logProbability(x)) == 0)

    let error = #expect(throws: GenerativeError.self) { try MADE(contentsOf: file) }
    #expect(error?.description.contains("its model is rnade, not made") == true)
  }

  /// The file says what it holds.
  @Test func everyKindIsFoundInItsFile() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    let generator = RandomGenerator(seed: 1)
    let states = allStates(5)
    let made = MADE(inputs: 5, hidden: [9], masks: .orderAgnostic(masks: 3), using: generator)
    let deep = DeepNADE(inputs: 5, hidden: [8, 7], using: generator)
    let models: [any StoredModel] = [
      NADE(inputs: 5, hidden: 4, order: StudentCase.order, using: generator), made, deep,
      OrderMixture(made.members(3, seed: 2)), OrderMixture(deep, orders: 4, seed: 3),
    ]
    for model in models {
      try model.write(to: file, metadata: ["by": "a test"])
      let same = try readStudent(from: file)
      #expect(type(of: same) == type(of: model))
      #expect(
        same.logProbability(states).largestDifference(from: model.logProbability(states)) == 0
      )
      #expect(try Safetensors.read(from: file).metadata["by"] == "a test")
    }
    // Orders matter, or the test says nothing.
    let one = deep.logProbability(states)
    #expect(models[4].logProbability(states).largestDifference(from: one) > 1e-3)

    let (tensors, metadata) = try Safetensors.read(from: file)
    for orders in ["", "0 1 2 3 3", "0 1 2 3", "0 1 2 3 4, x"] {
      try Safetensors.write(
        tensors,
        metadata: metadata.merging(["orders": orders]) { $1 },
        to: file
      )
      let error = #expect(throws: GenerativeError.self, "\(orders)") {
        try readStudent(from: file)
      }
      #expect(error?.description.contains("no mixture over orders") == true)
    }
    try Safetensors.write(tensors, metadata: ["model": "tree"], to: file)
    let error = #expect(throws: GenerativeError.self) { try readStudent(from: file) }
    #expect(error?.description.contains("its model is 'tree'") == true)
  }

  /// Layers that do not fit together are refused before a network of their sizes is made: the one below
  /// would take 4 terabytes.
  @Test func layersAreCheckedBeforeANetworkIsMade() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    let tall = Tensor.zeros([1_000_000, 1])
    let text = ["activation": "relu"]
    try Safetensors.write(
      ["weights.0": tall, "weights.1": tall, "weights.2": .zeros([1, 1])],
      metadata: text.merging(["model": "made"]) { $1 },
      to: file
    )
    let made = #expect(throws: GenerativeError.self) { try readStudent(from: file) }
    #expect(made?.description.contains("'weights.1' takes 1 numbers") == true)
    try Safetensors.write(
      [
        "input_weights": tall, "mask_weights": tall, "input_bias": .zeros([1_000_000]),
        "layers.0.weight": tall, "layers.1.weight": .zeros([1, 1]),
      ],
      metadata: text.merging(["model": "deep-nade"]) { $1 },
      to: file
    )
    let deep = #expect(throws: GenerativeError.self) { try readStudent(from: file) }
    #expect(deep?.description.contains("'layers.0.weight' takes 1 numbers") == true)
  }

  @Test func refusesNumbersThatDoNotFit() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    try MADE(inputs: 5, hidden: [9], using: RandomGenerator(seed: 1)).write(to: file)
    let (tensors, metadata) = try Safetensors.read(from: file)
    var changes: [(String, Tensor?)] = [
      ("weights.0", .zeros([9, 4])), ("biases.1", nil), ("degrees.0", .zeros([9], .int64)),
      ("biases.0", .full(.nan, [9])), ("orders.0", Tensor([0, 1, 2, 3, 3])),
      ("orders.0", .zeros([5])), ("degrees.0", .ones([9])), ("biases.0", .zeros([9], .int64)),
    ]
    while let (name, tensor) = changes.popLast() {
      var broken = tensors
      broken[name] = tensor
      try Safetensors.write(broken, metadata: metadata, to: file)
      #expect(throws: GenerativeError.self, "\(name)") { try MADE(contentsOf: file) }
    }
  }
}
