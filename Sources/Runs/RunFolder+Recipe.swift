import Distill
import Foundation

extension RunFolder {
  /// The recipe of a run to resume, refused where it is not the one that the run began with.
  ///
  /// Runs of earlier versions, which noted nothing, go on.
  ///
  /// - Throws: `RunError` with what differs, or when there is no recipe.
  package func unchangedRecipe() throws -> String {
    let text = try recipeText()
    if let begun = try? loadProgress(Begun.self)?.recipe {
      try refuse(differences: differences(yaml: begun, text))
    }
    return text
  }

  /// - Throws: `RunError` where there are any.
  package func refuse(differences changes: [String]) throws {
    guard !changes.isEmpty else { return }
    throw RunError(
      "\(Self.recipe) in '\(url.path)' was changed since the run began ("
        + changes.prefix(5).joined(separator: ", ") + (changes.count > 5 ? ", …" : "")
        + "): put it back, or start a new run with what you want"
    )
  }

  /// Whether the run has done all its work already, which is then said.
  ///
  /// - Parameter result: What there is to look at, such as "read" and a file.
  package func isFinished(_ work: Work, _ result: String) throws -> Bool {
    guard try isFinished() else { return false }
    work.note("the run in '\(url.path)' is finished: \(result)")
    return true
  }
}
