import Distill
import Foundation
import Runs
import StudentExport

/// A student of any application, with inputs to compare its exported answers on.
struct ExportedStudent {
  let graph: StudentGraph
  /// `[count, numbers]`.
  let inputs: Tensor
  /// What the student answers to them.
  let expected: [Float]
  /// The file that is exported.
  let file: URL

  /// How many inputs are compared at most.
  private static let limit = 1000

  /// - Parameters:
  ///   - path: The folder of a run of compress or predictive, a student.json, or the file of a NADE.
  ///   - data: Inputs to compare on, of students of predictive; nil for normally distributed ones.
  /// - Throws: One sentence when there is no such student, or it cannot be exported.
  init(_ path: String, data: String?) throws {
    let url = URL(fileURLWithPath: path)
    let inFolder = url.appendingPathComponent("student.json")
    if path.hasSuffix(".json") {
      try self.init(predictive: url, data)
    } else if FileManager.default.fileExists(atPath: inFolder.path) {
      try self.init(predictive: inFolder, data)
    } else {
      guard data == nil else {
        throw CommandError("--data is for students of distill predictive: leave it out")
      }
      if path.hasSuffix(".safetensors"),
        try Safetensors.read(from: url).metadata["model"] == "nade"
      {
        try self.init(nade: url)
      } else {
        try self.init(compressed: FinishedStudent(path))
      }
    }
  }

  private init(compressed student: FinishedStudent) throws {
    var graph = try student.graph()
    graph.provenance.merge(try Self.provenance(of: student.file)) { own, _ in own }
    self.graph = graph
    inputs = try student.testExamples(atMost: Self.limit).inputs
    expected = graph.reference({ student.network($0) }, inputs)
    file = student.file
  }

  private init(predictive file: URL, _ data: String?) throws {
    let student = try CompactStudent.read(from: file)
    var graph = try StudentGraph(student)
    if let data {
      let rows = try PredictionTable.inputs(of: student, data)
      inputs = rows[0..<min(Self.limit, rows.shape[0])]
    } else {
      let shape = [Self.limit, student.inputs.count]
      inputs = .normal(shape, .float64, using: RandomGenerator(seed: 1))
    }
    expected = try student.exportedAnswers(at: inputs)
    graph.provenance.merge(try Self.provenance(of: file)) { own, _ in own }
    (self.graph, self.file) = (graph, file)
  }

  private init(nade file: URL) throws {
    let nade = try NADE(contentsOf: file)
    var graph = try StudentGraph(nade)
    inputs = nade.samples(Self.limit, seed: 1)
    expected = nade.logProbability(inputs).scalars()
    graph.provenance.merge(try Self.provenance(of: file)) { own, _ in own }
    (self.graph, self.file) = (graph, file)
  }

  /// The hash of a student's file, and, of the run that it is in, the recipe and the verdict.
  private static func provenance(of file: URL) throws -> [String: String] {
    struct Certified: Decodable {
      let verdict: String?
    }
    var facts = [
      "program": "distill \(programVersion)",
      "student": try HashedFiles(file.path).sha256,
    ]
    let folder = RunFolder(url: file.deletingLastPathComponent(), command: "export")
    if folder.contains(RunFolder.recipe) { facts["recipe"] = try folder.recipeText() }
    if folder.contains(CertificateFile.name) {
      let certificate = folder.file(CertificateFile.name)
      facts["certificate"] = try HashedFiles(certificate.path).sha256
      let said = try? JSONDecoder().decode(Certified.self, from: RegularFile.data(certificate))
      facts["verdict"] = said?.verdict
    }
    return facts
  }
}
