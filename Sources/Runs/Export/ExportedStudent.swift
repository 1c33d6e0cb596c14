import Distill
import Foundation
import StudentExport

/// A student of any application, with inputs to compare its exported answers on.
package struct ExportedStudent {
  package let graph: StudentGraph
  /// `[count, numbers]`.
  package let inputs: Tensor
  /// What the student answers to them.
  package let expected: [Float]
  /// The file that is exported.
  package let file: URL
  /// Which student of several it is; nil where there is one.
  package var remark: String?
  /// Weights of the same run, which are not to be written over.
  package var siblings: [URL] = []

  /// How many inputs are compared at most.
  private static let limit = 1000

  /// - Parameters:
  ///   - path: The folder of a run, a student.json, or the weights of a NADE, a MADE or one of the
  ///     students of a run.
  ///   - data: Inputs to compare on; nil for the test examples of a run, samples of a model of data, and
  ///     normally distributed ones of students of predictive.
  ///   - known: Jobs whose runs have students.
  /// - Throws: One sentence when there is no such student, or it cannot be exported.
  package init(
    _ path: String,
    data: String?,
    among known: Catalogue<any Job.Type> = JobRecipe.known
  ) throws {
    let student = try UsableStudent(path, among: known)
    switch student {
    case .compact(let compact):
      try self.init(compact, UsableStudent.file("student.json", path), data)
    case .network(let network): try self.init(network, data)
    case .model(let model): try self.init(model, data)
    case .field(let field):
      guard data == nil else {
        throw RunError(
          "--data: students of the experiment '\(field.students.experiment)' are compared on the test part "
            + "of their own run: leave it out"
        )
      }
      try self.init(field)
    case .exported:
      throw RunError(
        "'\(path)' is exported already: name the run, or the student.json, that it was made of"
      )
    }
  }

  private init(_ student: FieldStudent) throws {
    let (students, offered) = (student.students, student.offered)
    graph = try offered.graph().with(student.facts).with(Self.provenance(of: students.file))
    let count = min(Self.limit, offered.inputs.shape[0])
    inputs = offered.inputs[0..<count].reshaped(to: [count, -1])
    expected = offered.expected(inputs, by: graph)
    file = students.file
    remark = students.remark
    siblings = students.files
  }

  private init(_ student: FinishedStudent, _ data: String?) throws {
    graph = try student.graph().with(Self.provenance(of: student.file))
    inputs =
      try data.map { try Self.first(student.inputs(from: $0)) }
      ?? student.testExamples(atMost: Self.limit).inputs
    let givesLabels = student.plan.data.task == .labels
    expected = graph.reference(
      { givesLabels ? student.network($0).sigmoid : student.network($0) },
      inputs
    )
    file = student.file
  }

  private init(_ student: CompactStudent, _ file: URL, _ data: String?) throws {
    graph = try StudentGraph(student).with(Self.provenance(of: file))
    let shape = [Self.limit, student.inputs.count]
    inputs =
      try data.map { try Self.first(PredictionTable.inputs(of: student, $0)) }
      ?? .normal(shape, .float64, using: RandomGenerator(seed: 1))
    expected = try student.exportedAnswers(at: inputs)
    self.file = file
  }

  private init(_ student: DensityStudent, _ data: String?) throws {
    let model = student.model
    file = student.file
    graph = try StudentGraph(model).with(student.facts()).with(Self.provenance(of: file))
    inputs =
      try data.map { try Self.first(model.states(from: $0)) }
      ?? model.samples(Self.limit, seed: 1)
    guard data != nil || inputs.cast(to: .float64).magnitude.sum().doubleValue.isFinite else {
      throw RunError(
        "samples of '\(file.relativePath)' are larger than numbers can be, and nothing can be compared on "
          + "them: name rows of its data with --data"
      )
    }
    expected = model.logProbability(inputs).scalars()
    remark = student.remark
    siblings = student.students?.files ?? []
  }

  private static func first(_ rows: Tensor) -> Tensor { rows[0..<min(limit, rows.shape[0])] }

  /// The hash of a student's file, and, of the run that it is in, the recipe and the verdict.
  private static func provenance(of file: URL) throws -> [String: String] {
    struct Certified: Decodable {
      let verdict: String?
      /// Of the evidence of a job, about its `student`.
      let word: String?
      let student: String?
    }
    var facts = [
      "program": "distill \(programVersion)",
      "student": try HashedFiles(file.path).sha256,
    ]
    let folder = RunFolder(url: file.deletingLastPathComponent(), command: "export")
    if folder.contains(RunFolder.recipe) {
      let recipe = try folder.recipeText()
      facts.merge(recordedSources(recipe)) { own, _ in own }
      facts["recipe"] = recipe
    }
    if folder.contains(CertificateFile.name) {
      let certificate = folder.file(CertificateFile.name)
      facts["certificate"] = try HashedFiles(certificate.path).sha256
      let said = try? CarefulJSONDecoder()
        .decode(Certified.self, from: RegularFile.data(certificate))
      // Where there is no word, the certificate's own sentence.
      let word = said?.word.flatMap { word in said?.student.map { "\(word), of \($0)" } }
      facts["verdict"] =
        said?.verdict ?? word
        ?? (try? CertificateFile.evidence(PredictiveCertificate.self, at: certificate.path))?.lesson
        ?? (try? CertificateFile.evidence(GenerativeCertificate.self, at: certificate.path))?.lesson
    }
    return facts
  }
}

extension StudentGraph {
  /// With facts about where it comes from, where it does not say them itself.
  fileprivate func with(_ facts: [String: String]) -> StudentGraph {
    var graph = self
    graph.provenance.merge(facts) { own, _ in own }
    return graph
  }
}
