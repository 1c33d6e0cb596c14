import Predictive

/// What recipes of predictive runs were until version 0.1: the arguments of the command.
private struct FormerPredictive: RecordedOptions {
  var arguments: [String]

  /// Whoever reads the arguments checks them.
  func check() throws {}
}

extension PredictivePlan {
  /// A recipe as this version writes it; what is no recipe of an earlier predictive run is handed back.
  ///
  /// - Parameter plan: Reads the arguments of the command line.
  /// - Throws: `RunError` when it is one and cannot be read, and what `plan` throws.
  package static func recipeOfToday(
    _ text: String,
    reading plan: ([String]) throws -> PredictivePlan
  ) throws -> String {
    guard try recordedCommand(text) == name else { return text }
    let former = try Recipe<FormerPredictive>(yaml: text)
    var arguments = former.options.arguments
    // The machine that the run is resumed on may have fewer processors.
    if let place = arguments.firstIndex(of: "--threads") {
      arguments.removeSubrange(place..<min(place + 2, arguments.count))
    }
    var plan = try plan(arguments)
    // Where no family is named that of the model was trained, at the data's rows.
    if !arguments.contains("--family") {
      plan.student.family = .one(plan.family)
      if plan.data.table != nil, plan.data.inputs == nil { plan.data.inputs = .rows }
    }
    var origin = RecipeOrigin(data: former.data, machine: former.machine)
    (origin.program, origin.startedAt) = (former.program, former.startedAt)
    return try JobRecipe(plan, seed: former.seed).yaml(origin)
  }
}
