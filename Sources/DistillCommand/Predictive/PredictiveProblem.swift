import Distill
import Foundation

/// What is to be distilled: a model in coordinates of mean nought and spread one, and the way there
/// from the draws as they are written.
struct PredictiveProblem {
  /// The model in the coordinates of ``scaling``, or of the rows of a table.
  let model: any PredictiveModel
  let scaling: InputScaling
  let inputNames: [String]
  /// The names of the classes; empty where outcomes are numbers.
  let classes: [String]
  /// How outcomes that are numbers were scaled: y = shift + scale × scaled outcome.
  var outcome = (shift: 0.0, scale: 1.0)
  /// A draw as it is written, in the coordinates of the model.
  var change: ([Double]) throws -> [Double]
  /// The inputs at the rows of the data, scaled, with the constant; nil for noise.
  let rows: Tensor?
  /// What was guessed of the draws' meaning, for people.
  var remarks: [String] = []
  /// The rows at which is distilled (`[count]`, integers): the others are held out. Nil for all.
  var fitted: Tensor?
  /// Whether it is distilled at inputs near the rows instead of at the rows themselves.
  var smoothsRows = false

  /// Whether draws hold what they predict at the rows of the data, and nothing elsewhere.
  var isTabulated: Bool { model is TabulatedModel || model is TabulatedOutcomes }
}

/// The variables of the draws that a model is made of, in the order in which they are read.
struct DrawLayout {
  let variables: [String]
  /// Numbers of the weights (or means, values, samples), of the intercept, of the noise.
  let weights: Int
  let shape: [Int]
  let intercept: Int
  /// A noise that is known; nil where it is in the draw or there is none.
  let knownNoise: Double?
  let hasNoise: Bool
  /// Degrees of freedom of the noise, in the same way.
  let knownFreedom: Double?
  let hasFreedom: Bool

  /// Of draws that are made here: weights of a shape, then an intercept, noise, degrees of freedom.
  init(
    weights shape: [Int],
    intercept: Int,
    knownNoise: Double? = nil,
    hasNoise: Bool = false,
    knownFreedom: Double? = nil,
    hasFreedom: Bool = false
  ) {
    (self.shape, self.intercept) = (shape, intercept)
    (self.knownNoise, self.hasNoise) = (knownNoise, hasNoise)
    (self.knownFreedom, self.hasFreedom) = (knownFreedom, hasFreedom)
    weights = shape.reduce(1, *)
    variables = []
  }

  /// - Throws: One sentence when variables are missing or of shapes that do not fit.
  init(_ options: DrawOptions, _ model: PredictiveModelName, _ columns: DrawColumns) throws {
    let usual =
      switch model {
      case .mixture: ["mu", "mean", "means"]
      case .values: ["p", "mu", "theta"]
      case .samples, .outcomes: ["y_rep", "y_pred", "y_sim", "y"]
      default: ["beta", "w", "b", "coefficients"]
      }
    let names: [String]
    if let given = options.parameters {
      names = given.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    } else if let found = usual.first(where: columns.contains) {
      names = [found]
    } else {
      throw CommandError(
        "name the variable with the \(model.drawn) by --parameters"
          + NearNames.hint(for: usual[0], among: columns.variables.map(\.name))
      )
    }
    let found = try names.map(columns.variable)
    weights = found.reduce(0) { $0 + $1.columns.count }
    shape = found.count == 1 ? found[0].shape : [weights]
    let name = names.joined(separator: ",")
    var variables = names
    if let other = options.intercept {
      intercept = try columns.variable(other).columns.count
      variables.append(other)
    } else {
      intercept = 0
    }
    knownNoise = options.noise.flatMap { Double($0) }
    hasNoise = options.noise != nil && knownNoise == nil
    if let noise = options.noise, hasNoise {
      guard try columns.variable(noise).columns.count == 1 else {
        throw CommandError("the noise \(noise) must be a single number in each draw")
      }
      variables.append(noise)
    }
    knownFreedom = options.degreesOfFreedom.flatMap { Double($0) }
    hasFreedom = options.degreesOfFreedom != nil && knownFreedom == nil
    if let freedom = options.degreesOfFreedom, hasFreedom {
      guard try columns.variable(freedom).columns.count == 1 else {
        throw CommandError(
          "the degrees of freedom \(freedom) must be a single number in each draw"
        )
      }
      variables.append(freedom)
    }
    if let knownNoise, !(knownNoise > 0 && knownNoise < PredictiveData.largest) {
      throw CommandError(
        "--noise \(knownNoise): a standard deviation must be positive, and below 1e75"
      )
    }
    if model == .mixture {
      for given in [options.weights, options.deviations] {
        guard let given, numbers(given) == nil else { continue }
        guard try columns.variable(given).columns.count == weights else {
          throw CommandError("\(given) must have \(weights) numbers, as \(name) has")
        }
        variables.append(given)
      }
    }
    self.variables = variables
  }
}

extension PredictiveModelName {
  /// What the variable of the draws holds.
  fileprivate var drawn: String {
    switch self {
    case .mixture: "means"
    case .values: "values"
    case .samples, .outcomes: "outcomes"
    default: "weights"
    }
  }
}

/// `1,2,1` as numbers; nil when it is not a list of them.
func numbers(_ text: String) -> [Double]? {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let values = parts.compactMap { Double($0) }
  return values.count == parts.count ? values : nil
}
