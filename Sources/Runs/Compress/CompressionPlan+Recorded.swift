import Distill

extension CompressionPlan: RecordedOptions {
  /// The plan that a run's recipe records.
  ///
  /// - Throws: `RunError` when the folder has no such recipe.
  package static func recorded(in folder: RunFolder) throws -> CompressionPlan {
    try recordedRecipe(in: folder).options
  }

  package static func recordedRecipe(in folder: RunFolder) throws -> Recipe<CompressionPlan> {
    try Recipe<CompressionPlan>(yaml: folder.recipeText())
  }
}
