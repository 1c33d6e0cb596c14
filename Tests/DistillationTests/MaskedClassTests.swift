import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// Classes that are impossible: a logit of −∞ on either side, where 0·log 0 is 0.
@Suite struct MaskedClassTests {
  private static let infinity = Double.infinity

  private func value(
    _ loss: Loss,
    _ student: [Double],
    _ teacher: [Double],
    label: Int = 1,
    members: [[Double]]? = nil,
    type: ElementType = .float64
  ) throws -> (value: Double, gradient: [Double]) {
    var features: [String: Tensor] = [:]
    if let members {
      let logits = Tensor(members.flatMap { $0 }, shape: [1, members.count, teacher.count])
      features[Ensemble.membersTap] = logits.cast(to: type).logSoftmax()
    }
    let (value, gradient) = try valueWithGradient(at: Tensor([student]).cast(to: type)) {
      let comparison = Comparison(
        Observation($0, meaning: .logits),
        Observation(Tensor([teacher]).cast(to: type), meaning: .logits, features: features),
        labels: Tensor([label]),
        inputs: .zeros([1, 1], type)
      )
      try comparison.check()
      return try loss(comparison)
    }
    return (value.doubleValue, gradient.cast(to: .float64).flattened().scalars(Double.self))
  }

  /// Divergences of f = (1, 1, 1)/3 and t = (1, e, 0)/(1 + e), worked out by hand.
  private static var expected: [(loss: Loss, value: Double)] {
    let low = 1 / (1 + Foundation.exp(1.0))
    let t: [Double] = [low, 1 - low]
    let third = 1.0 / 3
    var (entropy, fromTeacher, skewed) = (0.0, 0.0, 0.0)
    for p in t {
      entropy -= p * log(p)
      fromTeacher += p * log(2 * p / (p + third))
      skewed += p * log(p / (0.1 * p + 0.9 * third))
    }
    let divergence = log(3.0) - entropy
    var fromStudent = third * log(2.0)
    for p in t { fromStudent += third * log(2 * third / (p + third)) }
    // Of the label, and of the other two of which the teacher allows one.
    let binary = t[1] * log(t[1] * 3) + t[0] * log(t[0] * 1.5)
    return [
      (.kullbackLeibler(), divergence), (.softCrossEntropy(), log(3.0)),
      (.jensenShannon(), (fromTeacher + fromStudent) / 2),
      (.skewKullbackLeibler(), skewed), (.skewKullbackLeibler(skew: 0), divergence),
      (.decoupledKullbackLeibler(others: 8, temperature: 1), binary + 8 * log(2.0)),
      (.topKullbackLeibler(count: 2), divergence),
      (.peersKullbackLeibler(), divergence),
      (.softTargets(as: .torchdistillWithoutLabels, temperature: 1), divergence),
      (.softTargets(as: .textBrewer, temperature: 1), log(3.0)),
      (
        // T = least + σ(1) = 1.
        .curriculumKullbackLeibler(
          CurriculumTemperature(steps: 1, least: 1 / (1 + Foundation.exp(1.0)), range: 1)
        ),
        divergence
      ),
    ]
  }

  @Test(arguments: [ElementType.float32, .float64])
  func whatTheTeacherExcludesCountsNothing(_ type: ElementType) throws {
    let teacher = [0, 1, -Self.infinity]
    #expect(abs(Self.expected[0].value - 0.516409) < 1e-6)
    for (loss, expected) in Self.expected {
      let (value, gradient) = try value(
        loss,
        [0, 0, 0],
        teacher,
        members: [teacher],
        type: type
      )
      #expect(abs(value - expected) < 1e-6, "\(loss): \(value), not \(expected)")
      #expect(gradient.allSatisfy { $0.isFinite }, "\(loss): \(gradient)")
    }
  }

  /// With a class excluded by both, what is left is what it would be without that class.
  @Test func whatBothExcludeIsAsIfItWereNotThere() throws {
    let (s, t) = ([0.3, -1.2, 0.8], [1.3, 0.2, -0.6])
    for (loss, _) in Self.expected + Self.symmetric {
      let bare = try value(loss, s, t, members: [t])
      let masked = try value(
        loss,
        s + [-Self.infinity],
        t + [-Self.infinity],
        members: [t + [-Self.infinity]]
      )
      #expect(abs(bare.value - masked.value) < 1e-12, "\(loss)")
      for (a, b) in zip(bare.gradient + [0], masked.gradient) {
        #expect(abs(a - b) < 1e-12, "\(loss): \(bare.gradient), \(masked.gradient)")
      }
    }
  }

  private static var symmetric: [(loss: Loss, value: Double)] {
    [
      (.reverseKullbackLeibler(), 0), (.jeffreys(), 0), (.skewReverseKullbackLeibler(), 0),
      (.skewReverseKullbackLeibler(skew: 0), 0), (.weightedSoftLabels(), 0),
    ]
  }

  /// A student that excludes what the teacher allows is infinitely far away.
  @Test func whatOnlyTheStudentExcludesIsInfinite() throws {
    for loss in [Loss.kullbackLeibler(), .jeffreys(), .softCrossEntropy()] {
      #expect(try value(loss, [0, 0, -Self.infinity], [0, 1, 2]).value == .infinity)
    }
    for loss in [Loss.reverseKullbackLeibler(), .jeffreys()] {
      #expect(try value(loss, [0, 0, 0], [0, 1, -Self.infinity]).value == .infinity)
    }
  }

  /// The teacher allows the label alone, and the student nothing but the top.
  @Test func allOthersMayBeExcluded() throws {
    let alone = [-Self.infinity, 0, -Self.infinity]
    let decoupled = try value(.decoupledKullbackLeibler(temperature: 1), [0, 0, 0], alone)
    #expect(abs(decoupled.value - log(3.0)) < 1e-12)
    #expect(decoupled.gradient.allSatisfy { $0.isFinite })
    let top = try value(
      .topKullbackLeibler(count: 2),
      [0, 0, -Self.infinity],
      [0, 1, -Self.infinity]
    )
    let t = 1 / (1 + Foundation.exp(-1.0))
    #expect(abs(top.value - (t * log(2 * t) + (1 - t) * log(2 * (1 - t)))) < 1e-12)
    #expect(zip(top.gradient, [t - 0.5, 0.5 - t, 0]).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
