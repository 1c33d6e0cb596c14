import Exchange
import Foundation
import Tensors

/// What is to be distilled: a model in coordinates of zero mean and unit variance, and the way there
/// from the draws as they are written.
package struct PredictiveProblem {
  /// The model in the coordinates of ``scaling``, or of the rows of a table.
  package let model: any PredictiveModel
  package let scaling: InputScaling
  package let inputNames: [String]
  /// The names of the classes; empty where outcomes are numbers.
  package let classes: [String]
  /// How outcomes that are numbers were scaled: y = shift + scale × scaled outcome.
  package var outcome = (shift: 0.0, scale: 1.0)
  /// A draw as it is written, in the coordinates of the model.
  package var change: ([Double]) throws -> [Double]
  /// The inputs at the rows of the data, scaled, with the constant; nil for noise.
  package let rows: Tensor?
  /// What was guessed of the draws' meaning, for people.
  package var remarks: [String] = []
  /// The rows at which is distilled (`[count]`, integers): the others are held out. Nil for all.
  package var fitted: Tensor?
  /// Whether it is distilled at inputs near the rows instead of at the rows themselves.
  package var smoothsRows = false

  /// Whether draws hold what they predict at the rows of the data, and nothing elsewhere.
  package var isTabulated: Bool { model is TabulatedModel || model is TabulatedOutcomes }
}

/// The variables of the draws that a model is made of, in the order in which they are read.
package struct DrawLayout {
  package let variables: [String]
  /// Numbers of the weights (or means, values, samples), of the intercept, of the noise.
  package let weights: Int
  package let shape: [Int]
  package let intercept: Int
  /// A noise that is known; nil where it is in the draw or there is none.
  package let knownNoise: Double?
  package let hasNoise: Bool
  /// Degrees of freedom of the noise, in the same way.
  package let knownFreedom: Double?
  package let hasFreedom: Bool

  /// Of draws that are made here: weights of a shape, then an intercept, noise, degrees of freedom.
  package init(
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
  package init(_ options: DrawOptions, _ model: PredictiveModelName, _ columns: DrawColumns) throws
  {
    let usual =
      switch model {
      case .mixture: ["mu", "mean", "means"]
      case .values: ["p", "mu", "theta"]
      case .samples, .outcomes: ["y_rep", "y_pred", "y_sim", "y"]
      default: ["beta", "w", "b", "coefficients"]
      }
    let names: [String]
    if !options.parameters.isEmpty {
      names = options.parameters
    } else if let found = usual.first(where: columns.contains) {
      names = [found]
    } else {
      throw RunError(
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
        throw RunError("the noise \(noise) must be a single number in each draw")
      }
      variables.append(noise)
    }
    knownFreedom = options.degreesOfFreedom.flatMap { Double($0) }
    hasFreedom = options.degreesOfFreedom != nil && knownFreedom == nil
    if let freedom = options.degreesOfFreedom, hasFreedom {
      guard try columns.variable(freedom).columns.count == 1 else {
        throw RunError(
          "the degrees of freedom \(freedom) must be a single number in each draw"
        )
      }
      variables.append(freedom)
    }
    if let knownNoise, !(knownNoise > 0 && knownNoise < PredictiveData.largest) {
      throw RunError(
        "--noise \(knownNoise): a standard deviation must be positive, and below 1e75"
      )
    }
    if model == .mixture {
      for given in [options.weights, options.deviations] {
        guard let given, numberList(given) == nil else { continue }
        guard try columns.variable(given).columns.count == weights else {
          throw RunError("\(given) must have \(weights) numbers, as \(name) has")
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
