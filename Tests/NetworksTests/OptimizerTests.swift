import Tensors
import Testing

@testable import Networks

/// Trajectories of PyTorch's optimizers on one small problem.
struct OptimizerReference: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let elementType: ElementType
    let checkpoints: [[ReferenceTensor]]

    var testDescription: String { "\(name), \(elementType)" }
  }

  let inputs: ReferenceTensor
  let targets: ReferenceTensor
  let start: [ReferenceTensor]
  let steps: [Int]
  let cases: [Case]

  static let shared: OptimizerReference = Fixture.decode("optimizers.json")

  /// The same settings as in the script.
  static let makers: [String: @Sendable () -> any Optimizer] = [
    "SGD": { SGD(learningRate: 0.02) },
    "SGD momentum": { SGD(learningRate: 0.005, momentum: 0.9, weightDecay: 0.01) },
    "SGD Nesterov": { SGD(learningRate: 0.005, momentum: 0.9, isNesterov: true) },
    "Adam": { Adam(learningRate: 0.01) },
    "Adam weight decay": {
      Adam(learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01)
    },
    "AdamW": { AdamW(learningRate: 0.01, weightDecay: 0.1) },
    "AdaDelta": { AdaDelta() },
    "AdaDelta weight decay": {
      AdaDelta(learningRate: 0.5, rho: 0.9, epsilon: 1e-5, weightDecay: 0.01)
    },
    "RMSprop": { RMSprop(learningRate: 0.001) },
    "RMSprop centered": {
      RMSprop(
        learningRate: 0.002,
        smoothing: 0.95,
        weightDecay: 0.01,
        momentum: 0.5,
        isCentered: true
      )
    },
  ]
}

/// The problem of the script: regression onto soft targets through one tanh layer.
struct SmallProblem {
  var parameters: [Parameter]
  private(set) var steps = 0
  let inputs: Tensor
  let targets: Tensor

  init(_ elementType: ElementType) {
    let reference = OptimizerReference.shared
    parameters = reference.start.map { Parameter($0.tensor.cast(to: elementType)) }
    inputs = reference.inputs.tensor.cast(to: elementType)
    targets = reference.targets.tensor.cast(to: elementType)
  }

  mutating func step(_ optimizer: any Optimizer) {
    let rows = (4 * (steps % 4))..<(4 * (steps % 4) + 4)
    steps += 1
    let (_, gradients) = valueWithGradients(of: parameters) {
      let hidden = (inputs[rows].matmul(parameters[0].value) + parameters[1].value).tanh
      let logits = hidden.matmul(parameters[2].value)
      return -(targets[rows] * logits.logSoftmax()).sum(along: 1).mean()
    }
    optimizer.update(parameters, along: gradients)
  }
}

@Suite struct OptimizerTests {
  @Test(arguments: OptimizerReference.shared.cases)
  func trajectoryIsThatOfPyTorch(reference: OptimizerReference.Case) throws {
    let make = try #require(OptimizerReference.makers[reference.name])
    let optimizer = make()
    var problem = SmallProblem(reference.elementType)
    let unit = reference.elementType == .float64 ? 0x1p-53 : 0x1p-24
    for (steps, expected) in zip(OptimizerReference.shared.steps, reference.checkpoints) {
      while problem.steps < steps { problem.step(optimizer) }
      // Parameters are of order 1; every step rounds a few times, and errors do not grow.
      let tolerance = 16 * unit * Double(steps + 1)
      for (parameter, value) in zip(problem.parameters, expected) {
        let difference = parameter.value.largestDifference(from: value.tensor)
        #expect(difference <= tolerance, "after \(steps) steps")
      }
    }
  }

  @Test(arguments: OptimizerReference.makers.keys.sorted())
  func restoredStateContinuesToTheBit(name: String) throws {
    let make = try #require(OptimizerReference.makers[name])
    var problem = SmallProblem(.float32)
    let optimizer = make()
    for _ in 0..<7 { problem.step(optimizer) }
    optimizer.learningRate /= 2

    let state = optimizer.state
    let held = state.mapValues { $0.scalars(Double.self) }
    var resumed = problem
    resumed.parameters = problem.parameters.map { Parameter($0.value) }
    let restored = make()
    try restored.restore(state, of: resumed.parameters)
    for _ in 0..<5 {
      problem.step(optimizer)
      resumed.step(restored)
    }
    #expect(restored.learningRate == optimizer.learningRate)
    for (copy, original) in zip(resumed.parameters, problem.parameters) {
      #expect(copy.value.largestDifference(from: original.value) == 0)
    }
    #expect(state.mapValues { $0.scalars(Double.self) } == held, "the state taken has changed")
  }

  @Test(arguments: OptimizerReference.makers.keys.sorted())
  func valuesTakenFromParametersStay(name: String) throws {
    let make = try #require(OptimizerReference.makers[name])
    let optimizer = make()
    var problem = SmallProblem(.float64)
    problem.step(optimizer)
    let taken = problem.parameters.map(\.value)
    let numbers = taken.map { $0.scalars(Double.self) }
    problem.step(optimizer)
    #expect(taken.map { $0.scalars(Double.self) } == numbers)
    #expect(problem.parameters.map { $0.value.scalars(Double.self) } != numbers)
  }

  @Test(arguments: OptimizerReference.makers.keys.sorted())
  func layoutOfGradientAndParameterDoesNotMatter(name: String) throws {
    let make = try #require(OptimizerReference.makers[name])
    let generator = RandomGenerator(seed: 4)
    let value = Tensor.normal([3, 5], .float64, using: generator)
    let gradient = Tensor.normal([3, 5], .float64, using: generator)
    let plain = Parameter(value)
    make().update([plain], along: [gradient])
    let turned = Parameter(value.transposed().contiguous.transposed())
    make().update([turned], along: [gradient.transposed().contiguous.transposed()])
    #expect(plain.value.largestDifference(from: turned.value) == 0)
    #expect(plain.value.largestDifference(from: value) > 0)
  }

  @Test func sharedParameterIsUpdatedOnce() {
    let layer = Linear(3, 3, .float64, using: RandomGenerator(seed: 1))
    let twice = Sequential(layer, layer)
    #expect(twice.parameters.count == 2)
    #expect(twice.namedParameters.count == 4)
  }

  /// What a file says may be anything; an optimizer that refuses it is as it was.
  @Test(arguments: OptimizerReference.makers.keys.sorted())
  func statesThatAreNoneAreRefused(name: String) throws {
    let make = try #require(OptimizerReference.makers[name])
    var problem = SmallProblem(.float32)
    let optimizer = make()
    for _ in 0..<3 { problem.step(optimizer) }
    let sound = optimizer.state
    var damaged: [[String: Tensor]] = [
      ["updates", "learningRate"].reduce(into: sound) { $0[$1] = nil },
      sound.merging(["more": .zeros([2])]) { $1 },
    ]
    for key in sound.keys {
      let others = [Tensor.zeros([7, 7]), Tensor.zeros([], .bool), Tensor(-1), Tensor(Int.max)]
      damaged += ([nil] + others).map { other in
        var state = sound
        state[key] = other
        return state
      }
    }
    let before = sound.mapValues { $0.scalars(Double.self) }
    for state in damaged {
      #expect(throws: WeightsError.self) {
        try optimizer.restore(state, of: problem.parameters)
      }
    }
    #expect(optimizer.state.mapValues { $0.scalars(Double.self) } == before)
    try optimizer.restore(sound, of: problem.parameters)
    #expect(throws: WeightsError.self) {
      try optimizer.restore(sound.count > 2 ? sound : ["a": Tensor(0)], of: [])
    }
  }

  @Test func gradientOfAnotherTypeTraps() async {
    await #expect(processExitsWith: .failure) {
      Adam().update([Parameter(.zeros([2]))], along: [.zeros([2], .float64)])
    }
  }
}
