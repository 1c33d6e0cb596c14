import Distill
import Foundation

/// The files that a user names as teachers, and the network they say they are of.
package struct TeacherFiles {
  package var paths: [String]
  /// What the run that made them says; nil for bare weights.
  package var model: ModelSpecification?
  /// What their folder is, for people.
  package var origin: String
  /// Whether they hold networks whole, so that nothing else says of which network they are.
  package var areWhole: Bool { answers != nil || isStore || areModels }
  /// Whether they are models of any kind, not what one said.
  var areModels: Bool { answers == nil && !isStore && TeacherPlan.isWhole(paths[0]) }
  /// Whether they are the description of what was observed.
  private var isStore = false
  /// What the file says where it holds answers alone.
  package private(set) var answers: AnswersPlan.Content?

  /// Only answers.
  package init(_ answers: AnswersPlan.Content) {
    let origin = answers.plan.program?.command ?? answers.path
    (paths, self.origin, self.answers) = ([answers.path], origin, answers)
  }

  /// What was observed.
  package init(_ store: ObservationStore) {
    paths = ["\(store.folder.relativePath)/\(ObservationStore.file)"]
    (origin, isStore) = ("observed, in '\(store.folder.relativePath)'", true)
  }

  /// The files as a plan has them.
  ///
  /// - Throws: `RunError` when one cannot be read.
  package func hashed() throws -> [HashedFiles] {
    if let answers, answers.plan.program != nil {
      return [try AnsweringProgram.hashed(answers.values)]
    }
    return try paths.map { try HashedFiles($0) }
  }

  /// - Parameter names: Files, patterns such as `members/*.safetensors`, folders of files, or one
  ///   folder of a finished run.
  /// - Throws: `RunError` when there is nothing to teach.
  package init(_ names: [String]) throws {
    paths = []
    origin = "weights"
    for name in names {
      guard try !Self.isOtherExport(name) else {
        throw RunError(
          "'\(name)' is an exported student, and those teach as ONNX: name its run, or export it by "
            + "--format onnx"
        )
      }
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
        let matches = Self.matches(name)
        guard !matches.isEmpty else {
          throw RunError(
            "there is no teacher '\(name)': name files of weights (.safetensors, .pt) or whole models "
              + "(.pt2, .onnx, trees as .json, .ubj or .txt), a folder of them, or the folder of a run"
          )
        }
        paths += matches
        continue
      }
      guard isFolder.boolValue else {
        paths.append(name)
        continue
      }
      let content = try FileManager.default.contentsOfDirectory(atPath: name)
      if content.contains(RunFolder.recipe) {
        guard names.count == 1 else {
          throw RunError("'\(name)' is the folder of a run: name it alone as the teacher")
        }
        try readRun(name, content)
      } else {
        paths += Self.weights(among: content, in: name).map { "\(name)/\($0)" }
      }
    }
    guard !paths.isEmpty else {
      throw RunError(
        "there are no weights (.safetensors, .pt) or models (.pt2, .onnx, trees) in "
          + names.map { "'\($0)'" }.joined(separator: ", ")
      )
    }
    if areWhole { origin = paths.joined(separator: ", ") }
    if let other = paths.first(where: { TeacherPlan.isWhole($0) != areWhole }) {
      throw RunError(
        "'\(paths[0])' and '\(other)' make no ensemble: one holds weights and the other a whole model"
      )
    }
  }

  /// The ensemble of a demo, or the student of a compression.
  private mutating func readRun(_ path: String, _ content: [String]) throws {
    let text = try RunFolder(url: URL(fileURLWithPath: path), command: "compress").recipeText()
    if let demo = try Demo.recorded(text) {
      paths = demo.memberFiles(in: path)
      model = ModelSpecification(PerceptronSpecification(widths: DemoPlan.teacherWidths))
      origin = "the ensemble of a demo"
    } else if try recordedCommand(text) == CompressOptions.name {
      let plan = try Recipe<CompressionPlan>(yaml: text).options
      let file = plan.studentFile
      paths = ["\(path)/\(file?.studentName ?? CompressionRun.studentFile)"]
      model = file == nil ? plan.student : nil
      origin = "the student of an earlier compression"
    } else {
      throw RunError(
        "the run in '\(path)' is not of distill demo or distill compress: name its weights and "
          + "their network with --teacher-model"
      )
    }
    if let missing = paths.first(where: { !FileManager.default.fileExists(atPath: $0) }) {
      throw RunError("the run in '\(path)' is not finished: there is no '\(missing)'")
    }
  }

  /// Whether a file is an exported student in a form that does not teach.
  private static func isOtherExport(_ name: String) throws -> Bool {
    switch (name.lowercased() as NSString).pathExtension {
    case "distill", "mlpackage": return true
    case "safetensors" where FileManager.default.fileExists(atPath: name):
      return TeacherFacts.isExport(try Safetensors.read(from: URL(fileURLWithPath: name)).metadata)
    default: return false
    }
  }

  /// The files of a pattern with `*` or `?` in its last part, in alphabetical order.
  private static func matches(_ pattern: String) -> [String] {
    let url = URL(fileURLWithPath: pattern)
    let folder = pattern.parentPath
    let place = folder.isEmpty ? "." : folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    let matching = names.filter { fnmatch(url.lastPathComponent, $0, FNM_PERIOD) == 0 }
    return weights(among: matching, in: place).map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
  }

  private static func weights(among names: [String], in folder: String) -> [String] {
    let teaching = names.filter {
      let ending = ($0.lowercased() as NSString).pathExtension
      return TeacherPlan.isWhole($0, in: folder)
        || NamedWeights.fileEndings.contains(ending) && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return
      teaching
      .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
  }
}
