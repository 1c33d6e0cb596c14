import Distill
import Foundation
import Runs

/// A mean over seeds and test images with what it is uncertain by: both are samples.
package struct Measured: Codable {
  private let crossed: SeedComparison?
  private let single: Estimate?

  package var mean: Double { crossed?.mean ?? single!.mean }
  package var standardError: Double { crossed?.standardError ?? single!.standardError }

  /// - Parameter values: `[seeds, examples]`; with one seed the images alone are the sample.
  package init(_ values: Tensor) {
    crossed = values.shape[0] > 1 ? SeedComparison(differences: values) : nil
    single = crossed == nil ? Estimate(of: values) : nil
  }

  /// Where the mean lies, by Student's t.
  package func interval(level: Double) -> ClosedRange<Double> {
    crossed?.interval(level: level) ?? single!.interval(level: level)
  }

  package func text(_ scale: Double = 1, digits: Int, signed: Bool = false) -> String {
    String(
      format: "%\(signed ? "+" : "").\(digits)f ± %.\(digits)f",
      mean * scale,
      2 * standardError * scale
    )
  }
}

/// How the students of an arm do on the test images.
package struct CompressionScore: Codable {
  package let name: String
  package let loss: CompressionLoss
  package let accuracy: Measured
  package let logProbability: Measured
  /// How often the most probable class is the ensemble's; nil for the ensemble.
  package var agreement: Measured?
  /// KL(ensemble ‖ student) in nats; nil for the ensemble.
  package var divergence: Measured?
  /// Against the students on the labels, seed by seed and image by image.
  package var logProbabilityGain: Measured?
  package var accuracyGain: Measured?
  /// Against the students on soft targets at the same inputs and budget; negative is closer to the
  /// ensemble.
  package var divergenceChange: Measured?
  package var agreementChange: Measured?
  package var logProbabilityChange: Measured?
  package let parameters: Int
  package var secondsPerStep: Double?
}

/// All scores at one number of images.
package struct CompressionScores: Codable {
  package var event = "regime"
  package let images: Int
  package let ensemble: CompressionScore
  package let students: [CompressionScore]
}

/// Everything measured on the test images, which serve for nothing else.
package struct ChapterResults {
  package let options: CompressionExperiment
  package private(set) var regimes: [CompressionScores] = []

  package init(_ options: CompressionExperiment) { self.options = options }

  package var last: CompressionScores { regimes[regimes.count - 1] }

  package mutating func add(
    _ trained: (ensemble: Ensemble, students: [[MLP]]),
    of regime: CompressionRegime,
    on test: Examples
  ) throws {
    let labels = test.labels!.moved(to: .cpu)
    func predictions(_ teacher: any Teacher) throws -> ClassPredictions {
      let seen = try teacher.observe(test.inputs)
      return ClassPredictions(
        logProbabilities: try seen.logProbabilities().moved(to: .cpu),
        labels: labels
      )
    }
    let taught = try predictions(trained.ensemble)
    let said = try trained.students.map { try $0.map { try predictions(ModuleTeacher($0)) } }
    let costs = try regime.secondsPerStep()
    let values = said.map { Values($0, taught) }
    let control = regime.arms.firstIndex { $0.loss == .labels }
    let students = regime.arms.indices.map { index in
      let arm = regime.arms[index]
      let own = values[index]
      let soft = regime.arms.firstIndex {
        $0.loss == .soft && $0.inputs == arm.inputs && $0.budget == arm.budget
      }.flatMap { $0 == index ? nil : values[$0] }
      let base = control.flatMap { $0 == index ? nil : values[$0] }
      return CompressionScore(
        name: arm.name,
        loss: arm.loss,
        accuracy: Measured(own.correctness),
        logProbability: Measured(own.logProbability),
        agreement: Measured(own.agreement),
        divergence: Measured(own.divergence),
        logProbabilityGain: base.map { Measured(own.logProbability - $0.logProbability) },
        accuracyGain: base.map { Measured(own.correctness - $0.correctness) },
        divergenceChange: soft.map { Measured(own.divergence - $0.divergence) },
        agreementChange: soft.map { Measured(own.agreement - $0.agreement) },
        logProbabilityChange: soft.map { Measured(own.logProbability - $0.logProbability) },
        parameters: trained.students[index][0].parameterCount,
        secondsPerStep: costs[index]
      )
    }
    let members = trained.ensemble.members.compactMap { ($0 as? ModuleTeacher)?.module }
    regimes.append(
      CompressionScores(
        images: regime.images.count,
        ensemble: CompressionScore(
          name: "ensemble of \(trained.ensemble.members.count)",
          loss: .labels,
          accuracy: Measured(taught.correctness.insertingAxis(0)),
          logProbability: Measured(taught.logProbability.insertingAxis(0)),
          parameters: members.reduce(0) { $0 + $1.parameterCount }
        ),
        students: students
      )
    )
  }

  /// Each measure of an arm's students, `[seeds, examples]`.
  private struct Values {
    let correctness: Tensor
    let logProbability: Tensor
    let agreement: Tensor
    let divergence: Tensor

    init(_ said: [ClassPredictions], _ taught: ClassPredictions) {
      func stacked(_ measure: (ClassPredictions) -> Tensor) -> Tensor {
        Tensor.stacked(said.map(measure), along: 0)
      }
      correctness = stacked(\.correctness)
      logProbability = stacked(\.logProbability)
      agreement = stacked { $0.agreement(with: taught) }
      divergence = stacked { $0.divergence(from: taught) }
    }
  }
}

extension CompressionRegime {
  /// The time of a step of each arm: the least over its students, from the run's metrics.
  package func secondsPerStep() throws -> [Double?] {
    let metrics = try run.folder.metrics(TrainingMetric.self)
    return arms.map { arm in
      let prefix = "\(grouped(images.count)) images, \(arm.name), student "
      return metrics.filter { $0.network.hasPrefix(prefix) && $0.step > 0 }
        .compactMap { metric in metric.seconds.map { $0 / Double(metric.step) } }.min()
    }
  }
}
