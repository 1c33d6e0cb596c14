import Distill
import Foundation
import Runs

/// What the recipe of a run records: the arguments that ask for it again.
struct PredictiveRecipe: RecordedOptions {
  var arguments: [String]

  /// The machine that the run is gone on with on may have fewer processors.
  var withoutThreads: [String] {
    guard let place = arguments.firstIndex(of: "--threads") else { return arguments }
    return Array(arguments[..<place] + arguments[place...].dropFirst(2))
  }

  /// The parser of the command line checks them.
  func check() throws {}
}

/// Performs a new run, or goes on with one.
///
/// - Parameter said: The words of the command line, by which options that are said beside `--resume`
///   are known from those left out.
func runPredictive(
  _ command: PredictiveCommand,
  said: [String],
  _ work: Work
) throws {
  func run(_ options: PredictiveCommand, _ prepared: PredictivePreparation, _ folder: RunFolder)
    -> PredictiveRun
  {
    work.note("the run is in \(folder.url.path)")
    return PredictiveRun(
      options: options,
      prepared: prepared,
      folder: folder,
      work: work
    )
  }
  if let resume = command.resume {
    guard let (folder, options) = try resumed(command, resume, said, work) else { return }
    return try run(options, PredictivePreparation(options, work), folder).perform()
  }
  // Everything is understood before there is a folder.
  let files = try dataFiles(command)
  let prepared = try PredictivePreparation(command, work)
  let recipe = Recipe(
    command: "predictive",
    arguments: command.arguments,
    seed: command.common.seed,
    options: PredictiveRecipe(arguments: command.arguments),
    data: files,
    machine: .current()
  )
  let folder = try RunFolder.create(for: "predictive", at: command.out, recipe: recipe.yaml())
  try folder.keptIfAnythingIsDone { try run(command, prepared, folder).perform() }
}

/// The folder of a run to go on with, and what it was asked for; nil when it is finished.
private func resumed(
  _ command: PredictiveCommand,
  _ resume: ResumedRun,
  _ said: [String],
  _ work: Work
) throws -> (RunFolder, PredictiveCommand)? {
  let folder = try RunFolder.resume("predictive", at: resume.path)
  let student = folder.file(PredictiveRun.student).path
  if try folder.isFinished(work, "its student is \(student)") { return nil }
  let recipe = try Recipe<PredictiveRecipe>(yaml: folder.unchangedRecipe())
  var options = try PredictiveCommand.parse(recipe.options.withoutThreads)
  // Earlier versions, whose recipes name no family, trained that of the model, at the data's rows.
  if !recipe.options.arguments.contains("--family") {
    options.student.family = .one(options.family)
    if options.data.data != nil, options.data.inputs == nil { options.data.inputs = .rows }
  }
  let changes = changedOptions(from: options, to: command, said)
  guard changes.isEmpty else {
    throw CommandError(
      "the run in '\(folder.url.path)' goes on as it began, with \(changes.joined(separator: ", ")): "
        + "leave these options out, or start a new run"
    )
  }
  guard try recipe.data == dataFiles(options) else {
    throw CommandError(
      "the draws or data are not those the run in '\(folder.url.path)' was started with: start a "
        + "new run"
    )
  }
  return (folder, options)
}

/// The options among the words of a command line that ask for something else than a run began with,
/// such as `--steps 100 (not 200)`.
func changedOptions(
  from old: PredictiveCommand,
  to new: PredictiveCommand,
  _ said: [String]
) -> [String] {
  func values(_ options: PredictiveCommand) -> [String: String] {
    Dictionary(options.words.map { ($0[0], $0.dropFirst().joined(separator: " ")) }) { $1 }
  }
  let (before, after) = (values(old), values(new))
  let names = Set(said.map { String($0.prefix { $0 != "=" }) }).subtracting([
    "--threads", "--device",
  ])
  return names.intersection(Set(before.keys).union(after.keys)).sorted()
    .filter { before[$0] != after[$0] }
    .map { name in
      guard let value = before[name] else { return "no \(name)" }
      return value.isEmpty ? name : "\(name) \(value) (not \(after[name] ?? "without"))"
    }
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
