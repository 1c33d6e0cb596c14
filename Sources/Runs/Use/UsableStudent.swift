import Distill
import Foundation

/// A student of any application, from its run or its file.
package enum UsableStudent {
  /// Of a run of `distill compress`.
  case network(FinishedStudent)
  /// A `student.json` of `distill predictive`.
  case compact(CompactStudent)
  /// A NADE, a MADE or another normalised model of data.
  case model(DensityStudent)
  /// The file of `StudentRuntime`.
  case exported(RuntimeStudent)
  /// Of a run of a field of use, or of the demo.
  case field(FieldStudent)

  /// - Parameters:
  ///   - path: The folder of a run, a `student.json`, a `.safetensors` or a `.distill`.
  ///   - known: Jobs whose runs have students.
  /// - Throws: One sentence when there is no student, or it is damaged.
  package init(_ path: String, among known: Catalogue<any Job.Type> = JobRecipe.known) throws {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists else { throw RunError("there is no file or folder '\(path)'") }
    if let students = try OfferedStudents(path, among: known) {
      let isNamed = url.pathExtension == "safetensors"
      if let network = students.chosen.network {
        self = .field(try FieldStudent(students, network, isNamed: isNamed))
      } else {
        self = .model(try DensityStudent(students, isNamed: isNamed))
      }
      return
    }
    let json = Self.file("student.json", path)
    let weights = Self.file("student.safetensors", path)
    if isFolder.boolValue ? json.isThere : path.hasSuffix(".json") {
      self = .compact(try CompactStudent.read(from: json))
    } else if weights.pathExtension == "safetensors", weights.isThere, try Self.isModel(weights) {
      self = .model(try DensityStudent(in: weights))
    } else if isFolder.boolValue || url.pathExtension == "safetensors" {
      let folder = isFolder.boolValue ? url : url.deletingLastPathComponent()
      try Self.refuseRunWithoutStudents(folder, known)
      self = .network(try FinishedStudent(path))
    } else if url.pathExtension == "distill" {
      self = .exported(try RuntimeStudent(path))
    } else {
      throw RunError(
        "'\(path)' is no student that can be used here: name the folder of a run, a student.json, a "
          + "student.safetensors, or what distill export --format runtime wrote (.distill)"
      )
    }
  }

  /// What there is to say of how a table is read: nothing, or that its columns are taken as they come.
  package func remark(on path: String?) -> String? {
    guard case .exported(let student) = self, !student.isDensity, student.columns == nil,
      let path, InputTable.isTable(path)
    else { return nil }
    return
      "the student's file names no columns, so that those of the table are taken in their order"
  }

  /// Uses it on a table, which may come from standard input: `-`.
  ///
  /// - Parameter console: Told which of several students it is, and of doubts about how the table is read.
  package func reading<Result>(
    _ path: String?,
    _ console: Console,
    _ body: (String?) throws -> Result
  ) throws -> Result {
    var ending = "csv"
    switch self {
    case .field(let student):
      if let remark = student.remark { console.say(remark) }
      if student.takesText { ending = "txt" }
    case .model(let student):
      if let remark = student.remark { console.say(remark) }
    default: break
    }
    return try InputTable.with(path, ending: ending) { path in
      if let remark = remark(on: path) { console.warn(remark) }
      return try body(path)
    }
  }

  /// The file that a path names, or the one of this name in the folder that it names.
  static func file(_ name: String, _ path: String) -> URL {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isFolder.boolValue ? url.appendingPathComponent(name) : url
  }

  /// - Throws: `RunError` for the run of a job that leaves numbers, or a teacher, and no student.
  private static func refuseRunWithoutStudents(
    _ url: URL,
    _ known: Catalogue<any Job.Type>
  ) throws {
    let folder = RunFolder(url: url, command: "run")
    guard folder.contains(RunFolder.recipe), let text = try? folder.recipeText(),
      let experiment = recordedExperiment(text), experiment != CompressOptions.name,
      known[experiment] != nil
    else { return }
    _ = try finishedRun(url.path)
    throw RunError(
      "'\(url.relativePath)' is a run of \(experiment), which leaves no student that could be used here"
    )
  }

  /// Whether a file of weights says that it holds a normalised model.
  private static func isModel(_ url: URL) throws -> Bool {
    let (tensors, metadata) = try Safetensors.read(from: url)
    return metadata["model"].map { StudentKind(rawValue: $0) != nil }
      ?? (tensors["output_weights"] != nil)
  }

  /// The names of the classes; empty where answers are something else.
  package var classes: [String] {
    switch self {
    case .network(let student): student.classes
    case .compact(let student): student.classes
    case .exported(let student): student.classes
    case .field(let student): student.classes
    case .model: []
    }
  }
}

extension URL {
  fileprivate var isThere: Bool { FileManager.default.fileExists(atPath: path) }
}

extension StoredModel {
  /// The states of a file, `[count, inputs]`.
  func states(from path: String) throws -> Tensor {
    try stateRows(path, inputs, areBits: !(self is RNADE))
  }
}

/// States of a model of data, `[count, width]`: of bits zeros and ones.
///
/// - Parameter path: IDX, `.npy`, `.npz`, or a table of numbers; an array of an archive is named
///   after a colon.
/// - Throws: One sentence when they are not what the model takes.
func stateRows(_ path: String, _ width: Int, areBits: Bool) throws -> Tensor {
  let name = imageFile(path).file.lowercased()
  let isTable = ["csv", "csv.gz", "tsv", "txt"].contains { name.hasSuffix(".\($0)") }
  guard !areBits || isTable else {
    return try binaryImages(at: path, usual: ["test", "images", "x_test", "samples"], width: width)
  }
  let states = try UnlabelledInputs(shape: [width], divisor: 1).read(path)
  guard !areBits || !(states * (states - 1) .!= 0).containsTrue else {
    throw RunError("'\(path)' holds other numbers than 0 and 1, and the student is over bits")
  }
  return states
}
