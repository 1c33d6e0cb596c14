import Exchange
import Foundation

/// What the outcomes of a model are.
package enum OutcomeKind {
  /// Classes: those there may be in their order, nil for those found.
  case classes([String]?)
  /// Whole numbers from 0.
  case counts
  /// Real numbers.
  case numbers

  package var areClasses: Bool { if case .classes = self { true } else { false } }

  /// - Throws: `RunError` with the first outcome that cannot be one.
  package func check(_ outcomes: [Double], of path: String) throws {
    let isFine: (Double) -> Bool
    let words: String
    switch self {
    case .classes: return
    case .counts:
      // Beyond it not every whole number is a Double.
      isFine = { $0 >= 0 && $0 == $0.rounded() && $0 < 0x1p53 }
      words = "must be a count: a whole number from 0"
    case .numbers:
      isFine = \.isFinite
      words = "must be finite"
    }
    if let wrong = outcomes.firstIndex(where: { !isFine($0) }) {
      throw RunError(
        "\(path): the outcome of row \(wrong + 1) is \(outcomes[wrong]): it \(words)"
      )
    }
  }
}

extension PredictiveModelName {
  /// What outcomes are.
  ///
  /// - Parameter classes: Those there may be in their order; nil for those found.
  package func outcomes(_ draws: DrawOptions, classes: [String]?) -> OutcomeKind {
    switch self {
    case .logistic, .probit, .softmax: .classes(classes)
    case .values: draws.values == .probabilities ? .classes(classes) : .numbers
    case .poisson: .counts
    case .linear, .mixture, .samples, .outcomes: .numbers
    }
  }
}
