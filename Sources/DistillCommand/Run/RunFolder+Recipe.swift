import Foundation

extension RunFolder {
  /// What `state.json` says of a run that goes on by its recipe: the recipe that it began with.
  struct Begun: Codable {
    let recipe: String
  }

  /// The recipe of a run to go on with, refused where it is not the one that the run began with.
  ///
  /// Runs of earlier versions, which noted nothing, go on.
  ///
  /// - Throws: ``CommandError`` with what differs, or when there is no recipe.
  func unchangedRecipe() throws -> String {
    let text = try recipeText()
    if let begun = try? loadProgress(Begun.self)?.recipe {
      try refuse(differences: differences(yaml: begun, text))
    }
    return text
  }

  /// - Throws: ``CommandError`` where there are any.
  func refuse(differences changes: [String]) throws {
    guard !changes.isEmpty else { return }
    throw CommandError(
      "\(Self.recipe) in '\(url.path)' was changed since the run began ("
        + changes.prefix(5).joined(separator: ", ") + (changes.count > 5 ? ", …" : "")
        + "): put it back, or start a new run with what you want"
    )
  }
}
