import Distillation
import Foundation
import Mathematics
import Networks
import Reporting
import Tensors

/// How a model does on examples that served for nothing else.
package struct ModelScore: Codable {
  package var name: String
  package let accuracy: Estimate
  package let logProbability: Estimate
  /// Against the control, example by example; nil for the control itself and the teacher.
  package let accuracyGain: Estimate?
  package let logProbabilityGain: Estimate?
  /// How often the most probable class is the teacher's; nil for the teacher.
  package let agreement: Estimate?
  /// KL(teacher ‖ model) in nats; nil for the teacher.
  package let divergence: Estimate?
  /// Whether accuracy and log-probability are of labels; nil, as in earlier versions, for yes. Where
  /// there are none, the teacher's own choices stand for them.
  package var isLabelled: Bool?
  package let parameters: Int
  package let bytes: Int
  /// 0 where answers are looked up, which says nothing about whoever gave them.
  package let microsecondsPerExample: Double

  /// - Parameters:
  ///   - networks: What the model is made of: one, or the members of an ensemble.
  ///   - own: What it says about the examples.
  ///   - control, teacher: What those say, where the model is compared with them.
  package init(
    _ name: String,
    _ networks: [any Module],
    _ own: ClassPredictions,
    control: ClassPredictions? = nil,
    teacher: ClassPredictions? = nil,
    on examples: Examples
  ) throws {
    self.name = name
    accuracy = Estimate(of: own.correctness)
    logProbability = Estimate(of: own.logProbability)
    accuracyGain = control.map { PairedComparison(own.correctness, $0.correctness).difference }
    logProbabilityGain = control.map {
      PairedComparison(own.logProbability, $0.logProbability).difference
    }
    agreement = teacher.map { Estimate(of: own.agreement(with: $0)) }
    divergence = teacher.map { Estimate(of: own.divergence(from: $0)) }
    parameters = networks.reduce(0) { $0 + $1.parameterCount }
    bytes = networks.reduce(0) { $0 + $1.byteCount }
    microsecondsPerExample =
      areLookedUp(networks) ? 0 : try microseconds(of: Ensemble(networks), examples)
  }

  /// The scores as one table.
  ///
  /// - Parameters:
  ///   - title: Of the first column.
  ///   - unit: What an example is, such as "image".
  package static func table(_ title: String, _ scores: [ModelScore], unit: String) -> TextTable {
    let rows: [(String, (ModelScore) -> String?)] = [
      ("accuracy", { $0.isLabelled == false ? nil : share($0.accuracy) }),
      ("log-probability", { $0.isLabelled == false ? nil : plusMinus($0.logProbability) }),
      ("accuracy gain", { $0.accuracyGain.map(plusMinus) }),
      ("log-prob. gain", { $0.logProbabilityGain.map(plusMinus) }),
      ("agreement", { $0.agreement.map(share) }),
      ("KL from teacher", { $0.divergence.map { String(format: "%.4f", $0.mean) } }),
      ("parameters", { size($0.parameters) }),
      ("bytes", { size($0.bytes) }),
      ("µs per \(unit)", { time($0.microsecondsPerExample) }),
    ]
    // Rows that say nothing about any model are left out.
    return TextTable(
      columns: [title] + scores.map(\.name),
      rows: rows.map { name, text in [name] + scores.map { text($0) ?? "–" } }
        .filter { row in row.dropFirst().contains { $0 != "–" } }
    )
  }

  /// A share of the examples with its interval, which knows that there is nothing beyond 0 and 1.
  private static func share(_ estimate: Estimate) -> String {
    let interval = estimate.wilsonInterval()
    return String(
      format: "%.3f (%.3f–%.3f)",
      estimate.mean,
      interval.lowerBound,
      interval.upperBound
    )
  }

  static func plusMinus(_ estimate: Estimate) -> String {
    // One example that was called impossible makes the mean of its logarithms −∞.
    guard estimate.mean.isFinite else {
      return estimate.mean.isNaN ? "–" : estimate.mean < 0 ? "−∞" : "∞"
    }
    return String(format: "%.3f ± %.3f", estimate.mean, 2 * estimate.standardError)
  }

  /// Nil of a program or answers, whose size is not known.
  static func size(_ count: Int) -> String? { count > 0 ? grouped(count) : nil }

  /// Two digits, and no powers of ten; nil where the time is not known.
  static func time(_ microseconds: Double) -> String? {
    guard microseconds > 0 else { return nil }
    let digits = max(0, 1 - Int(log10(max(microseconds, 1e-3)).rounded(.down)))
    return digits == 0
      ? grouped(Int(microseconds.rounded())) : String(format: "%.\(digits)f", microseconds)
  }
}

extension ClassPredictions {
  /// What a teacher, or a student observed like one, says about examples.
  package init(of teacher: any Teacher, on examples: Examples) throws {
    self.init(
      logProbabilities: try examples.observed(by: teacher) {
        try $0.logProbabilities().moved(to: .cpu)
      },
      labels: examples.labels!.moved(to: .cpu)
    )
  }
}

/// Whether what networks say was recorded, so that the time to ask them is not known.
func areLookedUp(_ networks: [any Module]) -> Bool {
  networks.contains { $0 is any RecordedAnswers }
}

/// The time to evaluate one of many examples, the best of five tries, or of those begun within two
/// seconds. Of examples that are streamed, a thousand are fetched first.
package func microseconds(of ensemble: Ensemble, _ examples: Examples) throws -> Double {
  let inputs =
    examples.areFetched
    ? try examples.inputs(at: Array(0..<min(1_000, examples.count))) : examples.inputs
  let clock = ContinuousClock()
  var best = Double.infinity
  let end = clock.now + .seconds(2)
  for trial in 0..<5 where trial == 0 || clock.now < end {
    let start = clock.now
    _ = try ensemble.observe(inputs).values.selecting(0, along: 0).scalars(Float.self)
    best = min(best, (clock.now - start) / .microseconds(1) / Double(inputs.shape[0]))
  }
  return best
}
