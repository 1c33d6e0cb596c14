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

  @Test func refusesNumbersThatDoNotFit() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    try MADE(inputs: 5, hidden: [9], using: RandomGenerator(seed: 1)).write(to: file)
    let (tensors, metadata) = try Safetensors.read(from: file)
    var changes: [(String, Tensor?)] = [
      ("weights.0", .zeros([9, 4])), ("biases.1", nil), ("degrees.0", .zeros([9], .int64)),
      ("biases.0", .full(.nan, [9])), ("orders.0", Tensor([0, 1, 2, 3, 3])),
    ]
    while let (name, tensor) = changes.popLast() {
      var broken = tensors
      broken[name] = tensor
      try Safetensors.write(broken, metadata: metadata, to: file)
      #expect(throws: GenerativeError.self, "\(name)") { try MADE(contentsOf: file) }
    }
  }
}
