import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// What must hold for the losses on features that contrast, review or reuse a head.
@Suite struct FeatureConformanceTests {
  /// Values and gradients in Float64 differ from the reference by rounding alone: some hundred
  /// operations of relative error 1e−16.
  @Test(arguments: FeatureCase.all)
  func valueAndGradientsMatchTheReference(_ known: FeatureCase) throws {
    let (value, gradients) = try known.prepared().gradient()
    #expect(abs(value - known.value) < 1e-12 * max(1, abs(known.value)))
    #expect(Set(gradients.keys) == Set(known.gradients.keys))
    for (name, expected) in known.gradients {
      let size = max(1, expected.tensor.magnitude.maximum().doubleValue)
      let own = try #require(gradients[name])
      #expect(own.largestDifference(from: expected.tensor) < 1e-11 * size, "\(name)")
    }
  }

  /// A central difference with step h is wrong by h²/6 times a third derivative and by rounding
  /// 1e−16/h: about 1e−9 for h = 1e−5 on functions of size 100.
  @Test(arguments: FeatureCase.all)
  func gradientAgreesWithFiniteDifferences(_ known: FeatureCase) throws {
    let prepared = known.prepared()
    let (_, gradients) = try prepared.gradient()
    let originals = prepared.variables.map { ($0.name, $0.parameter, $0.parameter.value) }
    let h = 1e-5
    for seed in 0..<3 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let directions = originals.map { Tensor.normal($0.2.shape, .float64, using: generator) }
      func value(at step: Double) throws -> Double {
        for ((_, parameter, original), along) in zip(originals, directions) {
          parameter.replace(with: original + along * step)
        }
        return try prepared.value().doubleValue
      }
      let difference = try (value(at: h) - value(at: -h)) / (2 * h)
      let slope = zip(originals, directions).reduce(0.0) { sum, pair in
        sum + (gradients[pair.0.0]! * pair.1).sum().doubleValue
      }
      #expect(abs(difference - slope) < 1e-6 * max(1, abs(slope)))
    }
  }

  @Test(arguments: FeatureCase.all)
  func orderAndSplittingOfTheBatchChangeNothing(_ known: FeatureCase) throws {
    let prepared = known.prepared()
    let (whole, gradients) = try prepared.gradient()
    let order = Array((0..<prepared.count).reversed())
    let (permuted, others) = try prepared.gradient(order)
    let rounding = 1e-12 * max(1, abs(whole))
    #expect(abs(whole - permuted) < rounding)
    for (name, gradient) in gradients {
      #expect(try #require(others[name]).largestDifference(from: gradient) < 10 * rounding)
    }
    // Batch normalisation in training relates the examples of a batch.
    if known.settings.training == true { return }
    let (first, rest) = try (prepared.gradient([0]), prepared.gradient(Array(order.dropLast())))
    let (n, m) = (1 / Double(prepared.count), 1 - 1 / Double(prepared.count))
    #expect(abs(whole - first.value * n - rest.value * m) < rounding)
    for (name, gradient) in gradients {
      let joined = first.gradients[name]! * n + rest.gradients[name]! * m
      #expect(joined.largestDifference(from: gradient) < 10 * rounding)
    }
  }

  /// Features up to ±1e4 in Float32.
  @Test(arguments: FeatureCase.all)
  func staysFiniteForHugeFeatures(_ known: FeatureCase) throws {
    for (own, other) in [(1e4, 1.0), (1, 1e4), (1e4, -1e4)] as [(Double, Double)] {
      var prepared = known.prepared(.float32)
      for parameter in prepared.student.values {
        parameter.replace(with: parameter.value.sign * own)
      }
      prepared.teacher = prepared.teacher.mapValues { $0.sign * other }
      let (value, gradients) = try prepared.gradient()
      #expect(value.isFinite)
      for (name, gradient) in gradients { #expect(gradient.isAllFinite, "\(name)") }
    }
  }
}

/// Where the student's features are the teacher's and nothing is in between, nothing is left to learn.
@Suite struct FeatureMinimumTests {
  private let target = Tensor.normal([3, 2, 6, 6], .float64, using: RandomGenerator(seed: 1))

  private static let losses: [@Sendable () -> Loss] = [
    { .channelWise(of: .tap("map")) }, { .reusedHead(student: "map", teacher: "map") },
    {
      .softmaxRegression(
        by: Sequential(AdaptiveAveragePool(to: 1, 1), Flatten()),
        of: .tap("map"),
        through: Projector(Activation.identity)
      )
    },
    {
      Loss("hierarchicalContext", needs: Needs(teacher: true)) { comparison in
        let (own, other) = try Loss.Embedding.tap("map").features(comparison)
        return Loss.hierarchicalContext(own, other)
      }
    },
  ]

  @Test(arguments: losses.indices) func isAtItsMinimumWhereStudentIsTeacher(_ index: Int) throws {
    let loss = Self.losses[index]()
    func observation(_ map: Tensor) -> Observation {
      let values = map.averagePooled2D(toHeight: 1, width: 1).flattened(from: 1)
      return Observation(values, meaning: .logits, features: ["map": map])
    }
    func value(_ map: Tensor) throws -> Tensor {
      try loss(Comparison(observation(map), observation(target), inputs: .zeros([3, 1])))
    }
    let (least, gradient) = try valueWithGradient(at: target, of: value)
    #expect(abs(least.doubleValue) < 1e-14)
    #expect(gradient.magnitude.maximum().doubleValue < 1e-14)
    for seed in 2..<22 as Range<UInt64> {
      let other = Tensor.normal([3, 2, 6, 6], .float64, using: RandomGenerator(seed: seed))
      #expect(try value(other).doubleValue > 1e-3)
    }
  }

  @Test func whatCannotBeComparedIsRefusedInOneSentence() {
    func message(_ own: [Int], _ other: [Int], _ loss: Loss) -> String {
      func seen(_ shape: [Int]) -> Observation {
        Observation(.zeros([3, 2]), meaning: .logits, features: ["map": .zeros(shape)])
      }
      return #expect(throws: DistillationError.self) {
        try loss(Comparison(seen(own), seen(other), inputs: .zeros([3, 1])))
      }?.description ?? ""
    }
    let reused = Loss.reusedHead(student: "map", teacher: "map")
    #expect(message([3, 4, 2, 2], [3, 2, 2, 2], reused).contains("put a projector between them"))
    #expect(message([3, 4], [3, 4], .channelWise(of: .tap("map"))).contains("tap maps"))
    let head = Activation.identity
    let regression = Loss.softmaxRegression(by: head, of: .tap("map"))
    #expect(
      message([3, 4, 2, 2], [3, 2, 2, 2], regression).contains("use the teacher's own head")
    )
  }

  /// A channel map of the student's that is shaped otherwise is brought to the teacher's.
  @Test func mapsOfAnotherShapeGetAProjectorThatIsSaid() throws {
    let loss = Loss.channelWise(of: .taps(student: "a", teacher: "b"))
    let own = Observation(.zeros([3, 2]), meaning: .logits, features: ["a": .ones([3, 4, 6, 6])])
    let other = Observation(
      .zeros([3, 2]),
      meaning: .logits,
      features: ["b": .ones([3, 2, 3, 3])]
    )
    let bound = try loss.bound(seeing: Comparison(own, other, inputs: .zeros([3, 1])))
    #expect(bound.notes.count == 1 && bound.notes[0].contains("4×6×6 → 2×3×3"))
  }
}
