import Distill
import Foundation
import StudentExport

/// The students that the finished run of a job offers, and the one of them that is asked for.
struct OfferedStudents {
  let experiment: String
  let folder: RunFolder
  let all: [OfferedStudent]
  let chosen: OfferedStudent
  private let job: any ExportableJob
  private let recipe: JobRecipe

  /// - Parameter path: The folder of a run, or a file of weights in it.
  /// - Returns: Nil where there is no run of an ``ExportableJob``.
  /// - Throws: `RunError` when the run is not finished, its data have changed, or the file is not its
  ///   student.
  init?(_ path: String, among known: Catalogue<any Job.Type>) throws {
    var url = URL(fileURLWithPath: path).absoluteURL
    var name: String?
    if url.pathExtension == "safetensors" {
      name = url.deletingPathExtension().lastPathComponent
      url.deleteLastPathComponent()
    }
    guard RunFolder(url: url, command: "run").contains(RunFolder.recipe),
      let text = try? RunFolder(url: url, command: "run").recipeText(),
      let experiment = recordedExperiment(text), known[experiment] is any ExportableJob.Type
    else { return nil }
    let folder = try finishedRun(url.path)
    let recipe = try folder.fromItsDirectory { try JobRecipe(resuming: folder, among: known) }
    guard let job = recipe.job as? any ExportableJob else { return nil }
    let run = Run(folder: folder, seed: recipe.seed, device: .cpu, work: .silent)
    let all = job.students(of: run)
    guard let chosen = name.map({ name in all.first { $0.file == name } }) ?? all.first else {
      let files = all.prefix(5).map { "\($0.file).safetensors" }.joined(separator: ", ")
      throw RunError(
        "'\(path)' is no student that a run of \(experiment) exports"
          + (all.isEmpty ? "" : ": name the run, or \(files)\(all.count > 5 ? ", …" : "")")
      )
    }
    self.experiment = experiment
    (self.folder, self.all, self.chosen) = (folder, all, chosen)
    (self.job, self.recipe) = (job, recipe)
  }

  /// The file of the chosen student's weights.
  var file: URL { folder.file("\(chosen.file).safetensors") }

  /// Those of all students.
  var files: [URL] { all.map { folder.file("\($0.file).safetensors") } }

  /// Which student it is.
  var remark: String {
    let others = all.count - 1
    return "the student is \(chosen.file), \(chosen.lesson)"
      + (others == 0
        ? "" : "; name \(others == 1 ? "the other's" : "another's") file for that one")
  }

  /// The chosen student's network with its weights, and what is known of its making.
  func loaded(
    _ network: () throws -> OfferedNetwork
  ) throws -> (offered: OfferedNetwork, facts: [String: String]) {
    try folder.fromItsDirectory {
      guard folder.contains("\(chosen.file).safetensors") else {
        throw RunError("'\(file.path)' is not there any more: repeat the run")
      }
      let offered = try network()
      try offered.load(from: file)
      return (offered, try facts(teacher: offered.teacher))
    }
  }

  /// What is known of the making of the chosen student.
  ///
  /// - Parameter teacher: The files of its teacher.
  func facts(teacher: [URL]) throws -> [String: String] {
    var facts = [
      "experiment": experiment, "loss": chosen.lesson, "seed": "\(recipe.seed)",
      "data": try RecipeOrigin(yaml: folder.recipeText()).data.map(\.sha256)
        .joined(separator: " "),
    ]
    if !teacher.isEmpty {
      facts["teacher"] = try teacher.map { try HashedFiles($0.path).sha256 }.joined(separator: " ")
    }
    return facts
  }
}

extension RunFolder {
  /// Does something in the directory in which the run was begun, which its relative paths are meant from.
  fileprivate func fromItsDirectory<Result>(_ body: () throws -> Result) throws -> Result {
    let current = FileManager.default.currentDirectoryPath
    try enterDirectory()
    defer { _ = FileManager.default.changeCurrentDirectoryPath(current) }
    return try body()
  }
}
