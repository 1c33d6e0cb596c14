import Distill
import Foundation

/// The networks that teach, with their weights.
///
/// - Parameters:
///   - shape: Of one input of the data.
///   - answers: The answers of a teacher of which there is no network.
///   - note: Is told how names in files of weights were found to be the network's.
/// - Throws: One sentence when a file was changed, or holds the weights of another network.
func loadTeacher(
  _ plan: TeacherPlan,
  shape: [Int],
  on device: Device,
  answers: () throws -> AnswerTable,
  note: (String) -> Void = { _ in }
) throws -> [any Module] {
  if plan.answers != nil { return [try answers()] }
  return try plan.files.enumerated().map { index, files in
    try files.requireUnchanged()
    let url = URL(fileURLWithPath: files.path)
    let network: any Module
    if let model = plan.models?[index] ?? plan.model {
      network = model.module(using: RandomGenerator(seed: 0, on: device))
      let weights = try NamedWeights(contentsOf: url)
      if let text = try network.load(weights.entries, from: files.path) {
        note("weights of '\(files.path)': \(text)")
      }
    } else {
      network = try ModelNetwork(contentsOf: url, exampleShape: shape, on: device)
    }
    if let (name, _) = network.namedParameters.first(where: {
      $0.parameter.role == .trained && !$0.parameter.value.isAllFinite
    }) {
      throw CommandError(
        "the weights in '\(files.path)' are not all finite: \(name) holds NaN or infinity; save them "
          + "from a network that works"
      )
    }
    return network
  }
}

/// The files that a user names as teachers, and the network they say they are of.
struct TeacherFiles {
  var paths: [String]
  /// What the run that made them says; nil for bare weights.
  var model: ModelSpecification?
  /// What their folder is, for people.
  var origin: String
  /// Whether they hold networks whole, so that nothing else says of which network they are.
  var areWhole: Bool { answers != nil || TeacherFiles.isWhole(paths[0]) }
  /// What the file says where it holds answers alone.
  private(set) var answers: AnswersPlan.Content?

  /// Only answers.
  init(_ answers: AnswersPlan.Content) {
    (paths, origin, self.answers) = ([answers.path], answers.path, answers)
  }

  /// - Parameter names: Files, patterns such as `members/*.safetensors`, folders of files, or one
  ///   folder of a finished run.
  /// - Throws: ``CommandError`` when there is nothing to teach.
  init(_ names: [String]) throws {
    paths = []
    origin = "weights"
    for name in names {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
        let matches = Self.matches(name)
        guard !matches.isEmpty else {
          throw CommandError(
            "there is no teacher '\(name)': name files of weights (.safetensors, .pt) or whole models "
              + "(.pt2, .onnx), a folder of them, or the folder of a run"
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
          throw CommandError("'\(name)' is the folder of a run: name it alone as the teacher")
        }
        try readRun(name, content)
      } else {
        paths += Self.weights(among: content).map { "\(name)/\($0)" }
      }
    }
    guard !paths.isEmpty else {
      throw CommandError(
        "there are no weights (.safetensors, .pt) or models (.pt2, .onnx) in "
          + names.map { "'\($0)'" }.joined(separator: ", ")
      )
    }
    if areWhole { origin = paths.joined(separator: ", ") }
    if let other = paths.first(where: { Self.isWhole($0) != areWhole }) {
      throw CommandError(
        "'\(paths[0])' and '\(other)' make no ensemble: one holds weights and the other a whole model"
      )
    }
  }

  /// The ensemble of a demo, or the student of a compression.
  private mutating func readRun(_ path: String, _ content: [String]) throws {
    let text = try RunFolder(url: URL(fileURLWithPath: path), command: "compress").recipeText()
    switch recordedCommand(text) {
    case "demo":
      let members = try Recipe<DemoOptions>(yaml: text).options.members
      paths = (1...members).map { "\(path)/member-\($0).safetensors" }
      model = .perceptron(widths: DemoPlan.teacherWidths, .relu)
      origin = "the ensemble of a demo"
    case "compress":
      paths = ["\(path)/\(CompressionRun.studentFile)"]
      model = try Recipe<CompressionPlan>(yaml: text).options.student
      origin = "the student of an earlier compression"
    default:
      throw CommandError(
        "the run in '\(path)' is not of distill demo or distill compress: name its weights and "
          + "their network with --teacher-model"
      )
    }
    if let missing = paths.first(where: { !FileManager.default.fileExists(atPath: $0) }) {
      throw CommandError("the run in '\(path)' is not finished: there is no '\(missing)'")
    }
  }

  /// The files of a pattern with `*` or `?` in its last part, in alphabetical order.
  private static func matches(_ pattern: String) -> [String] {
    let url = URL(fileURLWithPath: pattern)
    let folder = (pattern as NSString).deletingLastPathComponent
    let place = folder.isEmpty ? "." : folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    let matching = names.filter { fnmatch(url.lastPathComponent, $0, FNM_PERIOD) == 0 }
    return weights(among: matching).map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
  }

  static func isWhole(_ path: String) -> Bool {
    ModelGraph.fileEndings.contains((path.lowercased() as NSString).pathExtension)
  }

  private static func weights(among names: [String]) -> [String] {
    let teaching = names.filter {
      let ending = ($0.lowercased() as NSString).pathExtension
      return isWhole($0)
        || NamedWeights.fileEndings.contains(ending) && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return
      teaching
      .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
  }
}

/// The teacher's preflight: it must reproduce the accuracy that its owner knows it has.
enum Preflight {
  /// How far below the stated accuracy a measured one may be: the half unit of the last digit given
  /// and three standard errors of an accuracy on that many examples.
  static func tolerance(stated: Double, digits: Int, examples: Int) -> Double {
    let error = (stated * (1 - stated) / Double(max(examples, 1))).squareRoot()
    return 0.5 * pow(10, -Double(digits)) + 3 * error
  }

  /// - Throws: ``CommandError`` when the teacher does worse than stated.
  static func check(
    stated: Double,
    digits: Int,
    measured: Double,
    examples: Int,
    on part: String
  ) throws -> String {
    let tolerance = tolerance(stated: stated, digits: digits, examples: examples)
    let found = String(
      format: "%.4f on %@ %@ examples, stated %.\(digits)f, tolerance %.4f",
      measured,
      grouped(examples),
      part,
      stated,
      tolerance
    )
    guard measured >= stated - tolerance else {
      throw CommandError(
        "the teacher does not reproduce its accuracy: measured \(found); check the order of the "
          + "classes, the scaling of the inputs (--normalize) and that --teacher-model is its network"
      )
    }
    return "the teacher's accuracy is \(found)"
  }
}
