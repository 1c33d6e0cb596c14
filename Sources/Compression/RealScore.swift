import Distillation
import Exchange
import Foundation
import Mathematics
import Networks
import Reporting
import Tensors

/// How a model that gives real numbers does on examples that served for nothing else.
package struct RealScore: Codable {
  package let name: String
  /// Mean over the outputs of the squared error; nil where nothing but the teacher is known.
  package let squaredError: Estimate?
  /// R², the mean over the outputs: 1 − Σ error² / Σ (number − mean)².
  package let determination: Estimate?
  /// The control's squared error less the model's, example by example; nil for control and teacher.
  package let gain: Estimate?
  /// The same two against the teacher's numbers; nil for the teacher.
  package let distance: Estimate?
  package let fidelity: Estimate?
  /// The cosine of the angle to the teacher's row of numbers, where that has several.
  package let cosine: Estimate?
  package let parameters: Int
  package let bytes: Int
  package let microsecondsPerExample: Double

  /// - Parameters:
  ///   - networks: What the model is made of: one, or the members of an ensemble.
  ///   - own: What it gives, `[examples, outputs]`.
  ///   - targets: What belongs to the examples; nil where there is nothing.
  ///   - control, teacher: What those give, where the model is compared with them.
  init(
    _ name: String,
    _ networks: [any Module],
    _ own: Tensor,
    targets: Tensor?,
    control: Tensor? = nil,
    teacher: Tensor? = nil,
    on examples: Examples
  ) throws {
    self.name = name
    squaredError = targets.map { Estimate(of: Self.errors(own, $0)) }
    determination = targets.map { Self.determination(of: own, $0) }
    gain = targets.flatMap { targets in
      control.map {
        PairedComparison(Self.errors($0, targets), Self.errors(own, targets)).difference
      }
    }
    distance = teacher.map { Estimate(of: Self.errors(own, $0)) }
    fidelity = teacher.map { Self.determination(of: own, $0) }
    cosine = teacher.flatMap { $0.shape[1] > 1 ? Estimate(of: Self.cosines(own, $0)) : nil }
    parameters = networks.reduce(0) { $0 + $1.parameterCount }
    bytes = networks.reduce(0) { $0 + $1.byteCount }
    microsecondsPerExample =
      areLookedUp(networks)
      ? 0 : try microseconds(of: Ensemble(networks, observedAs: .reals), examples)
  }

  /// Of each example, the mean over the outputs.
  private static func errors(_ own: Tensor, _ right: Tensor) -> Tensor {
    (own.cast(to: .float64) - right.cast(to: .float64)).squared.mean(along: 1)
  }

  private static func cosines(_ own: Tensor, _ right: Tensor) -> Tensor {
    let (a, b) = (own.cast(to: .float64), right.cast(to: .float64))
    let lengths = (a.squared.sum(along: 1) * b.squared.sum(along: 1)).squareRoot
    return (a * b).sum(along: 1) / lengths.clamped(min: 1e-300)
  }

  /// With its standard error: that of a ratio of two means over the examples, to first order.
  package static func determination(of own: Tensor, _ right: Tensor) -> Estimate {
    let target = right.cast(to: .float64)
    let centred = (target - target.mean(along: 0, keepingAxes: true)).squared
    let variances = centred.mean(along: 0, keepingAxes: true)
    let varies = (variances .> 0).cast(to: .float64)
    let outputs = max(varies.sum().doubleValue, 1)
    let scale = varies / (variances + (1 - varies)) / outputs
    let errors = ((own.cast(to: .float64) - target).squared * scale).sum(along: 1)
    let spreads = (centred * scale).sum(along: 1)
    let unexplained = errors.mean().doubleValue
    return Estimate(of: 1 - unexplained - (errors - spreads * unexplained))
  }

  /// The scores as one table.
  static func table(_ title: String, _ scores: [RealScore]) -> TextTable {
    func number(_ estimate: Estimate) -> String {
      "\(Uncertain.short(estimate.mean)) ± \(Uncertain.short(2 * estimate.standardError))"
    }
    let rows: [(String, (RealScore) -> String?)] = [
      ("squared error", { $0.squaredError.map(number) }),
      ("R²", { $0.determination.map(ModelScore.plusMinus) }),
      ("gain", { $0.gain.map(number) }),
      ("squared error to teacher", { $0.distance.map(number) }),
      ("R² of the teacher's", { $0.fidelity.map(ModelScore.plusMinus) }),
      ("cosine with the teacher", { $0.cosine.map(ModelScore.plusMinus) }),
      ("parameters", { ModelScore.size($0.parameters) }),
      ("bytes", { ModelScore.size($0.bytes) }),
      ("µs per example", { ModelScore.time($0.microsecondsPerExample) }),
    ]
    return TextTable(
      columns: [title] + scores.map(\.name),
      rows: rows.map { name, text in [name] + scores.map { text($0) ?? "–" } }
        .filter { row in row.dropFirst().contains { $0 != "–" } }
    )
  }
}

/// Teacher, student and control that give real numbers, on the same test examples.
package struct RealResults: CompressionOutcome {
  package let scores: [RealScore]
  private let taught: Tensor
  private let learnt: Tensor

  package init(_ training: CompressionTraining, student: any Module, control: (any Module)?) throws
  {
    let test = training.data.test
    let targets = training.data.targets?.test
    let taught = try training.values(of: training.teacher, on: test)
    let controlled = try control.map { try training.values(of: $0, on: test) }
    let learnt = try training.values(of: student, on: test)
    (self.taught, self.learnt) = (taught, learnt)
    let count = training.teacherNetworks.count
    scores =
      [
        try RealScore(
          "student",
          [student],
          learnt,
          targets: targets,
          control: controlled,
          teacher: taught,
          on: test
        )
      ]
      + (try control.map { network in
        [
          try RealScore(
            "control",
            [network],
            controlled!,
            targets: targets,
            teacher: taught,
            on: test
          )
        ]
      } ?? []) + [
        try RealScore(
          count == 1 ? "teacher" : "teacher, ensemble of \(count)",
          training.teacherNetworks,
          taught,
          targets: targets,
          on: test
        )
      ]
  }

  package func differing(_ training: CompressionTraining) throws -> DifferingExamples {
    try DifferingExamples(
      of: "student",
      part: "test",
      student: learnt,
      teacher: taught,
      ShownExamples(training.data.test, shape: training.data.shape)
    )
  }

  package var table: TextTable { RealScore.table("on the test examples", scores) }

  package var lesson: String {
    let (student, teacher) = (scores[0], scores[scores.count - 1])
    var text = String(
      format: "The student has %.1f%% of the variance of the teacher's numbers",
      100 * student.fidelity!.mean
    )
    if let own = student.determination, let taught = teacher.determination {
      text += String(
        format: "; of the numbers themselves it explains %.1f%%, the teacher %.1f%%",
        100 * own.mean,
        100 * taught.mean
      )
      if scores.count == 3, let control = scores[1].determination {
        text += String(format: " and the control, trained on them, %.1f%%", 100 * control.mean)
      }
    }
    return text + "."
  }

  package var explanation: String {
    """
    After ± stand two standard errors. R² is the share of the variance that is explained, the mean \
    over the outputs. Gain is the control's squared error less the student's, example by example.
    """
  }

  package var warning: String? { nil }

  package var warnings: [String] {
    guard let share = scores.last?.determination,
      share.mean + 2 * (share.standardError.isNaN ? 0 : share.standardError) < 0
    else { return [] }
    return [
      "the teacher is further from these numbers than their mean is: look at their unit, at the scaling "
        + "of the inputs (--normalize) and at the order of the columns"
    ]
  }

  package func add(
    to report: inout Report,
    _ training: CompressionTraining,
    in folder: RunFolder
  ) throws {
    try CompressionPage.addCurves(to: &report, in: folder)
  }
}
