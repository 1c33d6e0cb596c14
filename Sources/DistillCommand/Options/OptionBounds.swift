import ArgumentParser
import Exchange
import Runs

/// Refuses a number of things that cannot be meant; an option that was not given passes.
///
/// - Parameter most: What is above it is a slip of the pen, and would take all memory or time.
func requireOption(
  _ name: String,
  _ value: Int?,
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  guard let value else { return }
  try withUsage { try requireCount("--\(name)", value, atLeast: least, atMost: most) }
}

/// The option of a name in the library: `--learning-rate` of `learningRate`.
func optionName(_ name: String) -> String { "--" + OptionNames.written(name) }

/// Makes an error of what was asked for one of usage.
///
/// - Parameter option: What the sentence is to begin with, where it does not name the option.
func withUsage<Result>(of option: String? = nil, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as RunError {
    throw ValidationError((option.map { "--\($0) " } ?? "") + "\(error).")
  }
}
