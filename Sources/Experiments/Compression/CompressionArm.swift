import Distill
import Runs

/// What a student of the chapter minimises.
package enum CompressionLoss: String, Codable, Equatable {
  /// Cross entropy on the labels: the control, with no teacher.
  case labels
  case soft
  case derivatives
  case both = "soft + derivatives"
  case logits
  case scores
  case softAndScores = "soft + scores"
  /// Soft targets at images with Gaussian noise, fresh at each step, where the ensemble is observed
  /// too: the cheap alternative to derivatives. Standard deviation σ adds σ²/2 Σ_k t_k ‖∇log f_k −
  /// ∇log t_k‖² to the distance at the image, up to a curvature that vanishes with that distance.
  case softAndNoise = "soft + noise"

  /// Whether a derivative loss is in it, and so weights or projections make a difference.
  package var hasDerivatives: Bool { self == .derivatives || isWeighted || self == .scores }
  package var isWeighted: Bool { self == .both || self == .softAndScores }
  /// Whether derivatives are matched, by themselves or by noise, beside soft targets.
  package var isBesideSoft: Bool { isWeighted || self == .softAndNoise }
}

/// One way to train a student: what the rows of the tables compare.
package struct CompressionArm: Hashable {
  package var loss: CompressionLoss
  package var inputs: CompressionExperiment.Kind = .images
  /// What multiplies the derivative loss beside soft targets.
  package var weight = 1.0
  /// 0 is all outputs.
  package var projections = 0
  /// The standard deviation of noise on the inputs; 0 is none.
  package var noise = 0.0
  /// A factor of the passes.
  package var budget = 1.0

  /// All arms for a number of images, the control first.
  package static func all(_ options: CompressionExperiment, images: Int) -> [CompressionArm] {
    let weights =
      options.derivativeWeights.isEmpty
      ? [options.derivativeWeight(images: images)] : options.derivativeWeights
    let scales =
      options.noiseScales.isEmpty ? [options.noiseScale(images: images)] : options.noiseScales
    var arms: [CompressionArm] = []
    for budget in options.budgets {
      for inputs in options.inputs {
        for loss in options.losses where loss != .labels || inputs == .images {
          let canProject = loss == .derivatives || loss == .both
          for weight in loss.isWeighted ? weights : [1] {
            for projections in canProject ? options.projections : [0] {
              for noise in loss == .softAndNoise ? scales : [0] {
                arms.append(
                  CompressionArm(
                    loss: loss,
                    inputs: inputs,
                    weight: weight,
                    projections: projections,
                    noise: noise,
                    budget: budget
                  )
                )
              }
            }
          }
        }
      }
    }
    return arms
  }

  package var minimized: Loss {
    let derivatives: Loss =
      projections == 0
      ? .derivativeSquaredError : .projectedDerivativeSquaredError(projections: projections)
    switch loss {
    case .labels: return .crossEntropy()
    case .soft, .softAndNoise: return .softCrossEntropy()
    case .derivatives: return derivatives
    case .both: return .softCrossEntropy() + weight * derivatives
    case .logits: return .squaredErrorOnLogits
    case .scores: return .averageScoreMatching
    case .softAndScores: return .softCrossEntropy() + weight * .averageScoreMatching
    }
  }

  /// What stands in the table, such as "soft + 0.1 derivatives, noise, ½ budget".
  package var name: String {
    var name = loss.rawValue
    if loss.isWeighted { name = name.replacing(" + ", with: " + \(short(weight)) ") }
    if noise > 0 { name = name.replacing(" + ", with: " + \(short(noise)) ") }
    if projections > 0 {
      name += projections == 1 ? ", 1 projection" : ", \(projections) projections"
    }
    if inputs != .images { name += ", \(inputs.rawValue) inputs" }
    if budget != 1 { name += ", budget × \(short(budget))" }
    return name
  }

  /// The part of file names.
  package var fileName: String { name.replacing(" + ", with: "-").replacing(", ", with: "-").words }
}

extension String {
  /// With nothing but letters, digits, dots and dashes.
  fileprivate var words: String {
    String(map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? $0 : "-" })
  }
}

/// A number without needless digits.
package func short(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e6 ? "\(Int(number))" : "\(number)"
}
