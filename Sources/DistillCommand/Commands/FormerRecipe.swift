import Exchange
import Predictive
import Runs

/// What recipes of predictive runs were until version 0.1: the arguments of the command.
private struct FormerRecipe: RecordedOptions {
  var arguments: [String]

  /// The parser of the command line checks them.
  func check() throws {}
}

/// A recipe as this version writes it; what is no recipe of an earlier one is handed back.
func recipeOfToday(_ text: String) throws -> String {
  guard try recordedCommand(text) == "predictive" else { return text }
  let former = try Recipe<FormerRecipe>(yaml: text)
  var arguments = former.options.arguments
  // The machine that the run is resumed on may have fewer processors.
  if let place = arguments.firstIndex(of: "--threads") {
    arguments.removeSubrange(place..<min(place + 2, arguments.count))
  }
  var plan = try PredictiveCommand.parse(arguments).plan
  // Where no family is named that of the model was trained, at the data's rows.
  if !arguments.contains("--family") {
    plan.student.family = .one(plan.family)
    if plan.data.table != nil, plan.data.inputs == nil { plan.data.inputs = .rows }
  }
  var origin = RecipeOrigin(data: former.data, machine: former.machine)
  (origin.program, origin.startedAt) = (former.program, former.startedAt)
  return try JobRecipe(plan, seed: former.seed).yaml(origin)
}
