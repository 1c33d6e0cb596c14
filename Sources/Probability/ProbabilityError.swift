/// What can be wrong with the data that a distribution or an approximation is made from.
public enum ProbabilityError: Error, Hashable, CustomStringConvertible {
  /// A matrix that must be symmetric positive definite is not; the text says which.
  case notPositiveDefinite(String)
  /// A search for the mode did not arrive; the text says for what and after how many steps.
  case noMode(String)
  /// Data whose numbers cannot belong together; the whole sentence.
  case invalidData(String)

  public var description: String {
    switch self {
    case .notPositiveDefinite(let matrix):
      "\(matrix) is not positive definite; check for duplicated or constant columns."
    case .noMode(let search):
      "No mode was found: \(search)."
    case .invalidData(let sentence):
      sentence
    }
  }
}
