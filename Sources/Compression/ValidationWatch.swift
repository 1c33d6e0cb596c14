import Distillation
import Exchange
import Foundation
import Mathematics
import Networks
import Reporting
import Tensors

/// How a network did on the validation examples at a step of its training.
package struct ValidationLook: Codable, Equatable {
  package let step: Int
  /// Of the student the mean KL from the teacher, of the control the mean cross-entropy of the labels,
  /// in nats; of real numbers the mean squared error of either, in standard deviations; smaller is
  /// better.
  package let loss: Double
  /// The mean KL from the teacher, and the mean cross-entropy of the labels; nil where it is no number.
  package let divergence: Double?
  package let crossEntropy: Double?
  /// How often the likeliest class is the teacher's; nil of real numbers, and in earlier versions.
  package var agreement: Double?
  /// The mean squared distance of real numbers from the teacher's, in its standard deviations; nil of
  /// classes, and in earlier versions.
  package var distance: Double?

  /// Its numbers by the names of curves.
  fileprivate var curves: [String: Double] {
    var values: [String: Double] = [:]
    values["validation/KL from the teacher"] = divergence
    values["validation/cross entropy of the labels"] = crossEntropy
    values["validation/agreement with the teacher"] = agreement
    values["validation/squared error to the teacher"] = distance
    return values
  }
}

/// Looks at a network on the validation examples while it is trained, and keeps the best it saw.
///
/// Looking changes nothing: the same training without looks ends at the same weights. The looks and the
/// best weights are in a file beside the checkpoint, so that an interrupted training resumes to the same
/// end: what was seen after the checkpoint's step is seen again.
package final class ValidationWatch {
  package private(set) var looks: [ValidationLook] = []
  private let role: CompressionRole
  private let plan: TrainingPlan
  private let measure: (any Module) throws -> Measured
  private let file: URL?
  private let work: Work
  private var best: (step: Int, weights: [String: Tensor])?
  private var isResumed = false

  /// About how often a training is looked at.
  private static let count = 40
  /// Every how many looks examples are shown.
  private static let showing = 8

  /// What a network costs.
  package struct Measured {
    /// Of each validation example; smaller is better.
    package var losses: Tensor
    /// The KL from the teacher and the cross-entropy of the label of each, where there are classes.
    package var divergences: Tensor?
    package var crossEntropies: Tensor?
    /// 1 where the likeliest class of each is the teacher's, else 0.
    package var agreements: Tensor?
    /// The squared distance of each from the teacher, where there are real numbers.
    package var distances: Tensor?
    /// Finds the examples at which it differs most from the teacher, after a step.
    package var differing: ((_ step: Int) throws -> DifferingExamples)?

    package init(
      losses: Tensor,
      divergences: Tensor? = nil,
      crossEntropies: Tensor? = nil,
      agreements: Tensor? = nil,
      distances: Tensor? = nil
    ) {
      (self.losses, self.divergences) = (losses, divergences)
      (self.crossEntropies, self.agreements) = (crossEntropies, agreements)
      self.distances = distances
    }
  }

  /// - Parameters:
  ///   - measure: What a network costs on the validation examples.
  ///   - checkpoint: Beside which the best is kept; nil keeps it in memory alone.
  package init(
    _ role: CompressionRole,
    _ plan: TrainingPlan,
    measuring measure: @escaping (any Module) throws -> Measured,
    checkpoint: URL?,
    _ work: Work = .silent
  ) {
    (self.role, self.plan, self.measure) = (role, plan, measure)
    file = checkpoint.map(Self.file(beside:))
    self.work = work
  }

  /// The file of the best network so far, beside its checkpoint.
  package static func file(beside checkpoint: URL) -> URL {
    let name = checkpoint.lastPathComponent.replacing(".checkpoint.", with: ".best.")
    return checkpoint.deletingLastPathComponent().appendingPathComponent(name)
  }

  /// Whether patience has run out: the training ends before its last step.
  package var isExhausted: Bool {
    guard let patience = plan.patience, let best = bestLook else { return false }
    return looks.count { $0.step > best.step } >= patience
  }

  private var bestLook: ValidationLook? { looks.min { $0.loss < $1.loss } }

  /// Called after every step.
  package func passed(_ step: Int, _ network: any Module) throws {
    if !isResumed { try resume(after: step - 1, network) }
    let every = max(1, plan.steps / Self.count)
    guard step % every == 0 || step == plan.steps else { return }
    let before = bestLook?.loss ?? .infinity
    let own = try measure(network)
    looks.append(Self.look(own, step))
    work.measure(at: step, looks.last!.curves)
    if work.isMeasured, looks.count % Self.showing == 0, let differing = own.differing {
      work.show(try differing(step))
    }
    if looks.count == 1 || looks.last!.loss < before {
      best = (step, network.namedParameters.reduce(into: [:]) { $0[$1.path] = $1.parameter.value })
    }
    guard let file, let best else { return }
    try Safetensors.write(
      best.weights,
      metadata: [
        "step": "\(best.step)",
        "looks": String(decoding: try JSONEncoder().encode(looks), as: UTF8.self),
      ],
      to: file
    )
  }

  /// Gives a network that is trained the weights that the plan keeps.
  ///
  /// - Parameter steps: Those it has made.
  /// - Returns: What is remarkable about them, for people.
  package func settle(_ network: any Module, after steps: Int) throws -> String? {
    if !isResumed { try resume(after: steps, network) }
    guard let best, let look = bestLook, let last = looks.last, look.step < last.step else {
      return nil
    }
    let final = network.namedParameters.map(\.parameter.value)
    let ends = try measure(network).losses
    for (path, parameter) in network.namedParameters {
      parameter.replace(with: best.weights[path]!.moved(to: parameter.value.device))
    }
    let bests = try measure(network).losses
    let rise = Estimate(of: ends - bests)
    let isBestKept = plan.keep == .best
    if !isBestKept {
      for (entry, value) in zip(network.namedParameters, final) {
        entry.parameter.replace(with: value)
      }
    }
    // The best of many looks is somewhat better by luck.
    guard rise.mean > 2 * rise.standardError, rise.mean > 0.05 * abs(look.loss) else { return nil }
    return String(
      format:
        "the %@ overfitted: its loss on the validation examples was lowest after %@ of %@ steps "
        + "(%.4g), and %.4g after %@; the %@ is kept",
      role.rawValue,
      grouped(look.step),
      grouped(plan.steps),
      look.loss,
      last.loss,
      grouped(last.step),
      isBestKept ? "best" : "last"
    )
  }

  /// Goes on where an earlier run left it.
  private func resume(after step: Int, _ network: any Module) throws {
    isResumed = true
    guard step > 0, let file, FileManager.default.fileExists(atPath: file.path) else { return }
    let (tensors, metadata) = try Safetensors.read(from: file)
    guard let own = metadata["step"].flatMap({ Int($0) }), let text = metadata["looks"],
      let all = try? CarefulJSONDecoder().decode([ValidationLook].self, from: Data(text.utf8)),
      network.namedParameters.allSatisfy({ path, parameter in
        tensors[path].map {
          $0.shape == parameter.shape && $0.elementType == parameter.value.elementType
        } ?? false
      })
    else {
      throw RunError("'\(file.path)' is damaged: delete it and its checkpoint to train again")
    }
    looks = all.filter { $0.step <= step }
    // A better one that came after the step will come again.
    best = own <= step ? (own, tensors) : nil
  }

  private static func look(_ own: Measured, _ step: Int) -> ValidationLook {
    func finite(_ losses: Tensor) -> Double? {
      let mean = losses.mean().doubleValue
      return mean.isFinite ? mean : nil
    }
    return ValidationLook(
      step: step,
      loss: finite(own.losses) ?? .greatestFiniteMagnitude,
      divergence: own.divergences.flatMap(finite),
      crossEntropy: own.crossEntropies.flatMap(finite),
      agreement: own.agreements.flatMap(finite),
      distance: own.distances.flatMap(finite)
    )
  }
}

/// What networks that tell classes apart cost on validation examples: the student its KL from the
/// teacher, the control the cross-entropy of the labels.
struct ClassMeasure {
  private let role: CompressionRole
  private let examples: Examples
  private let teacher: ClassPredictions
  private let shown: (classes: [String], shape: [Int])?

  /// - Parameters:
  ///   - teacher: What it says of the examples.
  ///   - shown: How classes are called and what shape examples have, where they are shown.
  init(
    _ role: CompressionRole,
    on examples: Examples,
    beside teacher: ClassPredictions,
    showing shown: (classes: [String], shape: [Int])? = nil
  ) {
    (self.role, self.examples, self.teacher, self.shown) = (role, examples, teacher, shown)
  }

  func look(_ network: any Module) throws -> ValidationWatch.Measured {
    let own = try ClassPredictions(of: Ensemble([network]), on: examples)
    let (divergences, crossEntropies) = (own.divergence(from: teacher), -own.logProbability)
    var measured = ValidationWatch.Measured(
      losses: role == .student ? divergences : crossEntropies,
      divergences: divergences,
      crossEntropies: crossEntropies,
      agreements: own.agreement(with: teacher)
    )
    if let shown, role == .student {
      measured.differing = { try differing(own, shown.classes, shown.shape, after: $0) }
    }
    return measured
  }

  private func differing(
    _ own: ClassPredictions,
    _ classes: [String],
    _ shape: [Int],
    after step: Int
  ) throws -> DifferingExamples {
    try DifferingExamples(
      of: role.rawValue,
      after: step,
      part: "validation",
      student: own,
      teacher: teacher,
      classes: classes,
      ShownExamples(examples, shape: shape)
    )
  }
}
