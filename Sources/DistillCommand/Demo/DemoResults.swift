import Distill
import Foundation

/// The ensemble and the students on the same test images.
struct DemoResults {
  let ensemble: ModelScore
  let students: [ModelScore]
  /// The largest error of a probability when the ensemble's products are rounded to BFloat16.
  let roundingError: Double

  /// - Parameter test: Never used for anything else.
  init(
    _ ensemble: Ensemble,
    _ members: [MLP],
    _ students: [DemoStudent: MLP],
    _ test: Examples,
    _ plan: DemoPlan
  ) throws {
    let taught = try ClassPredictions(of: ensemble, on: test)
    let control = try ClassPredictions(of: Ensemble([students[.labels]!]), on: test)
    self.ensemble = try ModelScore(
      "ensemble of \(members.count)",
      members,
      taught,
      on: test.inputs
    )
    self.students = try DemoStudent.allCases.map { kind in
      try ModelScore(
        kind.rawValue,
        [students[kind]!],
        ClassPredictions(of: Ensemble([students[kind]!]), on: test),
        control: kind == .labels ? nil : control,
        teacher: taught,
        on: test.inputs
      )
    }
    roundingError = try Ensemble(members, products: .bfloat16)
      .largestProbabilityError(on: test.inputs[0..<min(2_000, test.count)])
  }

  /// The one table.
  var table: TextTable {
    ModelScore.table("784-50-30-10 on …", students + [ensemble], unit: "image")
  }

  /// What was learnt, in a sentence.
  var lesson: String {
    let (labels, distilled) = (students[0], students[2])
    let closer = labels.divergence!.mean / distilled.divergence!.mean
    let size = Double(ensemble.parameters) / Double(distilled.parameters)
    let gain = distilled.logProbabilityGain!
    let verdict =
      abs(gain.mean) > 2 * gain.standardError
      ? (gain.mean > 0 ? "better" : "worse") : "neither better nor worse"
    return String(
      format: """
        A network %.0f times smaller than the ensemble agrees with it on %.1f%% of new images \
        (%.1f%% when trained on the labels), with predictions %.1f times closer to the \
        ensemble's; its log-probability on the true classes is \(verdict) than the control's \
        (%+.4f ± %.4f).
        """,
      size,
      100 * distilled.agreement!.mean,
      100 * labels.agreement!.mean,
      closer,
      gain.mean,
      2 * gain.standardError
    )
  }
}
