import Distill
import Foundation

/// How a model of the demo does on the test images.
struct DemoScore: Codable {
  let name: String
  let accuracy: Estimate
  let logProbability: Estimate
  /// Against the student on the labels, image by image; nil for that student and the ensemble.
  let accuracyGain: Estimate?
  let logProbabilityGain: Estimate?
  /// How often the most probable class is the ensemble's; nil for the ensemble.
  let agreement: Estimate?
  /// KL(ensemble ‖ model) in nats; nil for the ensemble.
  let divergence: Estimate?
  let parameters: Int
  let bytes: Int
  let microsecondsPerImage: Double
}

/// The ensemble and the students on the same test images.
struct DemoResults {
  let ensemble: DemoScore
  let students: [DemoScore]
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
    let labels = test.labels!.moved(to: .cpu)
    func predictions(_ teacher: any Teacher) throws -> ClassPredictions {
      ClassPredictions(
        logProbabilities: try teacher.observe(test.inputs).logProbabilities().moved(to: .cpu),
        labels: labels
      )
    }
    func score(
      _ name: String,
      _ own: ClassPredictions,
      control: ClassPredictions?,
      teacher: ClassPredictions?,
      _ networks: [MLP]
    ) throws -> DemoScore {
      DemoScore(
        name: name,
        accuracy: Estimate(of: own.correctness),
        logProbability: Estimate(of: own.logProbability),
        accuracyGain: control.map { PairedComparison(own.correctness, $0.correctness).difference },
        logProbabilityGain: control.map {
          PairedComparison(own.logProbability, $0.logProbability).difference
        },
        agreement: teacher.map { Estimate(of: own.agreement(with: $0)) },
        divergence: teacher.map { Estimate(of: own.divergence(from: $0)) },
        parameters: networks.reduce(0) { $0 + $1.parameterCount },
        bytes: networks.reduce(0) { $0 + $1.byteCount },
        microsecondsPerImage: try microseconds(of: Ensemble(networks), test.inputs)
      )
    }
    let taught = try predictions(ensemble)
    let control = try predictions(Ensemble([students[.labels]!]))
    self.ensemble = try score(
      "ensemble of \(members.count)",
      taught,
      control: nil,
      teacher: nil,
      members
    )
    self.students = try DemoStudent.allCases.map { kind in
      try score(
        kind.rawValue,
        predictions(Ensemble([students[kind]!])),
        control: kind == .labels ? nil : control,
        teacher: taught,
        [students[kind]!]
      )
    }
    roundingError = try Ensemble(members, products: .bfloat16)
      .largestProbabilityError(on: test.inputs[0..<min(2_000, test.count)])
  }

  /// The one table.
  var table: TextTable {
    var table = TextTable(columns: [
      "784-50-30-10 on …", "accuracy %", "log-probability", "accuracy gain", "log-prob. gain",
      "agreement %", "KL", "parameters", "bytes", "µs/image",
    ])
    for score in students + [ensemble] { table.append(row(score)) }
    return table
  }

  private func row(_ score: DemoScore) -> [String] {
    [
      score.name,
      plusMinus(score.accuracy, 100, digits: 1),
      plusMinus(score.logProbability, 1, digits: 3),
      plusMinus(score.accuracyGain, 100, digits: 1),
      plusMinus(score.logProbabilityGain, 1, digits: 3),
      plusMinus(score.agreement, 100, digits: 1),
      score.divergence.map { String(format: "%.4f", $0.mean) } ?? "–",
      grouped(score.parameters),
      grouped(score.bytes),
      String(format: "%.2g", score.microsecondsPerImage),
    ]
  }

  private func plusMinus(_ estimate: Estimate?, _ scale: Double, digits: Int) -> String {
    guard let estimate else { return "–" }
    let (mean, error) = (estimate.mean * scale, 2 * estimate.standardError * scale)
    return String(format: "%.\(digits)f ± %.\(digits)f", mean, error)
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

/// The time to evaluate one of many images, the best of five.
private func microseconds(of ensemble: Ensemble, _ images: Tensor) throws -> Double {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<5 {
    let start = clock.now
    _ = try ensemble.observe(images).values.selecting(0, along: 0).scalars(Float.self)
    best = min(best, (clock.now - start) / .microseconds(1) / Double(images.shape[0]))
  }
  return best
}
