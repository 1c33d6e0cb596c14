import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct EnsembleDistributionTests {
  /// A Dirichlet fits best where E log π_k = ψ(α_k) − ψ(Σ α): there the gradient is zero, and any
  /// other concentration is worse.
  @Test func isLeastWhereTheExpectedLogarithmsAgree() throws {
    let alpha = Tensor([[2.5, 0.7, 4.0], [0.3, 30.0, 1.0]])
    let expected = alpha.digamma - alpha.sum(along: 1, keepingAxes: true).digamma
    // Two members at equal distances from it.
    let spread = Tensor([[0.1, -0.3, 0.2], [0.5, 0.1, -0.4]])
    let members = Tensor.stacked([expected + spread, expected - spread], along: 1)
    func loss(_ logits: Tensor) throws -> Tensor {
      try Loss.ensembleDistribution(smoothing: 0)(
        Comparison(
          Observation(logits, meaning: .logits),
          Observation(expected, meaning: .logProbabilities, features: ["members": members]),
          inputs: .zeros([2, 1], .float64)
        )
      )
    }
    let (least, gradient) = try valueWithGradient(at: alpha.logarithm, of: loss)
    #expect(gradient.magnitude.maximum().doubleValue < 1e-13)
    for seed in 0..<20 as Range<UInt64> {
      let step = Tensor.normal([2, 3], .float64, using: RandomGenerator(seed: seed))
      #expect(try loss(alpha.logarithm + step * 0.1).doubleValue > least.doubleValue)
    }
  }

  /// The more the members differ, the less sure the student gets; its mean goes to theirs.
  @Test func studentLearnsHowMuchMembersDiffer() throws {
    func member(_ logits: [Double]) -> ClosureTeacher {
      ClosureTeacher { inputs, _ in
        let row = Tensor([logits]).cast(to: .float32)
        return Observation(row.broadcast(to: [inputs.shape[0], 3]), meaning: .logits)
      }
    }
    func concentration(_ members: [[Double]]) throws -> (sum: Double, mean: Tensor) {
      let ensemble = Ensemble(members.map(member))
      let student = MLP([1, 3], using: RandomGenerator(seed: 1))
      let distiller = Distiller(
        student,
        minimizing: .ensembleDistribution(),
        using: Adam(learningRate: 0.05)
      )
      let batch = Batch(.zeros([4, 1]))
      for _ in 0..<1_500 { try distiller.step(on: batch, observing: ensemble) }
      let logits = student(batch.inputs)[0]
      return (logits.exponential.sum().doubleValue, logits.softmax())
    }
    let alike = try concentration([[1, 0, 0], [1.1, 0.1, 0], [0.9, 0, 0.1]])
    let apart = try concentration([[3, 0, 0], [0, 3, 0], [0, 0, 3]])
    #expect(alike.sum > 20 * apart.sum)
    #expect(apart.mean.largestDifference(from: Tensor([1, 1, 1] as [Float]) / 3) < 0.01)
  }

  @Test(arguments: [false, true])
  func membersAreKeptApart(withDerivatives: Bool) throws {
    let fixture = Fixture.shared.classes
    let networks = fixture.memberNetworks
    let inputs = fixture.batch.inputs
    let request = Request(derivatives: withDerivatives ? .all : .none, features: ["members"])
    let seen = try Ensemble(networks, chunk: 40).observe(inputs, request)
    let expected = Tensor.stacked(networks.map { $0(inputs).logSoftmax() }, along: 1)
    #expect(try #require(seen.features["members"]).largestDifference(from: expected) < 1e-14)
    #expect((seen.derivatives != nil) == withDerivatives)
    // Kernels that average at once must step aside.
    for network in networks { network.move(.float32) }
    let fast = try Ensemble(networks).observe(inputs.cast(to: .float32), request)
    #expect(
      try #require(fast.features["members"]).largestDifference(from: expected.cast(to: .float32))
        < 1e-5
    )
    let recorded = try RecordedTeacher(
      of: Ensemble(networks),
      on: inputs.cast(to: .float32),
      features: ["members"]
    )
    #expect(recorded.observation.features["members"]?.shape == [6, 3, 4])
  }

  @Test func otherTeachersAreRefused() throws {
    let network = tanhNetwork([3, 4, 3], seed: 1)
    let distiller = Distiller(
      network,
      minimizing: .ensembleDistribution(),
      using: SGD(learningRate: 0.1)
    )
    let error = #expect(throws: DistillationError.self) {
      try distiller.step(on: Batch(.zeros([2, 3], .float64)), observing: ModuleTeacher(network))
    }
    #expect(error?.description.contains("use an Ensemble as the teacher") == true)
  }
}
