@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

extension JobRecipe {
  /// Reads a recipe of any experiment.
  init(yaml text: String, settings: [String] = []) throws {
    try self.init(yaml: text, settings: settings, among: experiments)
  }
}
