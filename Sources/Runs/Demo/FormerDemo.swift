import Distill

/// What recipes of demos were until version 0.1: the options beside those of the machine.
private struct FormerDemo: RecordedOptions {
  var data: String
  var members: Int
  var epochs: Int?
  var limit: Int?

  var demo: Demo { Demo(data: data, members: members, epochs: epochs, limit: limit) }

  func check() throws { try demo.check() }
}

extension Demo {
  /// A recipe as this version writes it; what is no recipe of an earlier demo is handed back.
  ///
  /// - Throws: `RunError` when it is one and cannot be read.
  package static func recipeOfToday(_ text: String) throws -> String {
    guard try recordedCommand(text) == name else { return text }
    let former = try Recipe<FormerDemo>(yaml: text)
    var origin = RecipeOrigin(data: former.data, machine: former.machine)
    (origin.program, origin.startedAt) = (former.program, former.startedAt)
    return try JobRecipe(former.options.demo, seed: former.seed).yaml(origin)
  }

  /// The demo that a recipe is of; nil where it is of something else.
  ///
  /// - Throws: `RunError` when it is of a demo and cannot be read.
  static func recorded(_ text: String) throws -> Demo? {
    let text = try recipeOfToday(text)
    guard recordedExperiment(text) == name else { return nil }
    return try JobRecipe(yaml: text, among: Catalogue(Demo.self)).job as? Demo
  }
}
