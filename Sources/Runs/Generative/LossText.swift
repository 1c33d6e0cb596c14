import Distill

/// A loss as it is written on the command line: `conditional + 0.1 * squared`, out of
/// `Catalogue.densities(constant:samples:)`.
package struct LossText: Equatable {
  package enum Name: String {
    case likelihood = "negativeLogLikelihood"
    case conditional = "conditionalCrossEntropy"
    case squared = "squaredLogDensityErrorWithLearntConstant"
    case score = "derivativeSquaredError"
    case reverse = "reverseKullbackLeibler"

    /// As it is written in a word.
    package var word: String { "\(self)" }
  }

  private let text: String
  /// Each term once.
  package let names: [Name]

  /// - Throws: `RunError` for what is no such loss.
  package init(_ text: String) throws {
    self.text = text
    let loss: Loss
    do {
      loss = try Loss(parsing: text, among: .densities(constant: nil, samples: 1))
    } catch {
      throw RunError(
        "'\(text)' is no loss: write terms such as 'conditional + 0.1 squared', out of likelihood, "
          + "conditional, squared, score, reverse (\(error))"
      )
    }
    guard loss.terms.allSatisfy({ $0.weight > 0 && $0.weight <= 1e9 }) else {
      throw RunError("'\(text)' has a weight that is not above zero and at most a billion")
    }
    names = loss.terms.map { Name(rawValue: $0.name)! }
    guard Set(names).count == names.count else {
      throw RunError("'\(text)' has a term twice: write it once, with its whole weight")
    }
  }

  package func contains(_ name: Name) -> Bool { names.contains(name) }

  /// The loss.
  ///
  /// - Parameters:
  ///   - constant: That of the square error; nil to learn it.
  ///   - samples: Of the student's own at each step.
  package func loss(constant: Double?, samples: Int) throws -> Loss {
    try Loss(parsing: text, among: .densities(constant: constant, samples: samples))
  }
}
