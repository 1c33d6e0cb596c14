import Distill

/// A loss as it is written on the command line: `conditional + 0.1 squared`.
package struct LossText: Equatable {
  package enum Name: String, CaseIterable {
    /// −log q on samples.
    case likelihood
    /// The same with the teacher's conditionals for the samples' bits.
    case conditional
    /// ½(log q − log p̃ + c)².
    case squared
    /// Score matching.
    case score
    /// KL(q‖p) on the student's samples.
    case reverse
  }

  /// Each term once, with its weight.
  package let terms: [(weight: Double, name: Name)]

  /// - Throws: ``RunError`` for what is no such loss.
  package init(_ text: String) throws {
    terms = try text.split(separator: "+", omittingEmptySubsequences: false).map { part in
      let words = part.split(whereSeparator: { $0 == " " || $0 == "*" }).map(String.init)
      let weight = words.count == 2 ? Double(words[0]) : 1
      guard let last = words.last, let name = Name(rawValue: last), words.count <= 2,
        let weight, weight > 0, weight <= 1e9
      else {
        let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
        throw RunError(
          "'\(text)' is no loss: write terms such as 'conditional + 0.1 squared', out of \(names)"
        )
      }
      return (weight, name)
    }
    guard Set(terms.map(\.name)).count == terms.count else {
      throw RunError(
        "'\(text)' has a term twice: write it once, with its whole weight"
      )
    }
  }

  package static func == (a: LossText, b: LossText) -> Bool {
    a.terms.count == b.terms.count
      && zip(a.terms, b.terms).allSatisfy { $0.weight == $1.weight && $0.name == $1.name }
  }

  package func contains(_ name: Name) -> Bool { terms.contains { $0.name == name } }

  /// The loss.
  ///
  /// - Parameters:
  ///   - constant: That of the square error; nil to learn it.
  ///   - samples: Of the student's own at each step.
  package func loss(constant: Double?, samples: Int) -> Loss {
    let losses = terms.map { weight, name -> Loss in
      let term: Loss =
        switch name {
        case .likelihood: .negativeLogLikelihood
        case .conditional: .conditionalCrossEntropy
        case .squared:
          constant.map { .squaredLogDensityError(constant: $0) }
            ?? .squaredLogDensityErrorWithLearntConstant
        case .score: .derivativeSquaredError
        case .reverse: .reverseKullbackLeibler(samples: samples)
        }
      return weight == 1 ? term : weight * term
    }
    return losses.dropFirst().reduce(losses[0], +)
  }
}
