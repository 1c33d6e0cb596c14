import Distill
import Foundation

/// What the recipe of a run records: the arguments that ask for it again.
struct PredictiveRecipe: Codable, Equatable {
  var arguments: [String]

  /// The machine that the run is gone on with on may have fewer processors.
  var withoutThreads: [String] {
    guard let place = arguments.firstIndex(of: "--threads") else { return arguments }
    return Array(arguments[..<place] + arguments[place...].dropFirst(2))
  }
}

/// Opens the folder of a new run, or of the one to go on with, and performs it.
func runPredictive(
  _ command: PredictiveCommand,
  _ console: Console,
  _ interruption: Interruption
) throws {
  let (folder, options) = try openFolder(command)
  if try folder.isFinished() {
    throw CommandError(
      "the run in '\(folder.url.path)' is finished: its student is "
        + folder.file(PredictiveRun.student).path
    )
  }
  console.say("the run is in \(folder.url.path)")
  try PredictiveRun(
    options: options,
    folder: folder,
    console: console,
    interruption: interruption
  ).perform()
}

private func openFolder(_ command: PredictiveCommand) throws -> (RunFolder, PredictiveCommand) {
  guard let resume = command.resume else {
    // Files that are missing are noticed before there is a folder.
    let files = try dataFiles(command)
    let folder = try RunFolder.create(for: "predictive", at: command.out)
    let recipe = Recipe(
      command: "predictive",
      arguments: command.arguments,
      seed: command.common.seed,
      options: PredictiveRecipe(arguments: command.arguments),
      data: files,
      machine: .current()
    )
    try folder.write(recipe.yaml(), to: RunFolder.recipe)
    return (folder, command)
  }
  let folder = try RunFolder.resume("predictive", at: resume.path)
  let recipe = try Recipe<PredictiveRecipe>(yaml: folder.recipeText())
  let options = try PredictiveCommand.parse(recipe.options.withoutThreads)
  guard try recipe.data == dataFiles(options) else {
    throw CommandError(
      "the draws or data are not those the run in '\(folder.url.path)' was started with: start a "
        + "new run"
    )
  }
  return (folder, options)
}

/// The files of a run with their hashes; a pipe has none.
private func dataFiles(_ options: PredictiveCommand) throws -> [DataFile] {
  try (options.draws.draws + [options.data.data, options.data.heldOut].compactMap { $0 })
    .filter { path in
      var facts = stat()
      guard path != "-" else { return false }
      guard stat(path, &facts) == 0 else {
        throw CommandError("\(path) cannot be read: \(String(cString: strerror(errno)))")
      }
      return facts.st_mode & S_IFMT == S_IFREG
    }
    .map { try DataFile(URL(fileURLWithPath: $0)) }
}
