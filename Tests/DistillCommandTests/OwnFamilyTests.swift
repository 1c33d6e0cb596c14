import Distill
import Foundation
import StudentExport
import StudentRuntime
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Predictive
@testable import Runs

/// A compact family of somebody's own, by its name in a run, its recipe and its student's file.
@Suite struct OwnFamilyTests {
  /// The same probability everywhere: the mean of what the draws predict.
  struct BaseRate: CompactForm {
    static let family = "base rate"
    let probability: Double
    let inputCount: Int

    init(_ fit: FamilyFit) throws {
      let probabilities = try fit.predictions.logProbabilities().exponential
      probability = probabilities.selecting(1, along: 1).mean().doubleValue
      inputCount = fit.inputs.shape[1]
    }

    var classCount: Int { 2 }
    var parameterCount: Int { 1 }

    func formula(_ names: [String]) -> String { "P(y = 1 | x) = \(probability)" }

    func predictions(at rows: Tensor) throws -> CompactStudent.Predictions {
      let row = Tensor([[log(1 - probability), log(probability)]])
      return .classes(
        logProbabilities: Tensor.concatenated(.init(repeating: row, count: rows.shape[0]))
      )
    }
  }

  /// The same, which says how it is exported.
  struct ExportedRate: CompactForm, Exportable {
    static let family = "exported rate"
    let rate: BaseRate

    init(_ fit: FamilyFit) throws { rate = try BaseRate(fit) }

    var inputCount: Int { rate.inputCount }
    var classCount: Int { 2 }
    var parameterCount: Int { 1 }

    func formula(_ names: [String]) -> String { rate.formula(names) }

    func predictions(at rows: Tensor) throws -> CompactStudent.Predictions {
      try rate.predictions(at: rows)
    }

    func append(to graph: inout StudentGraph) throws {
      let layer = Linear(inputCount, 1, using: RandomGenerator(seed: 1))
      layer.weight.replace(with: layer.weight.value * 0)
      let odds = rate.probability / (1 - rate.probability)
      layer.bias!.replace(with: Tensor([Float(log(odds))]))
      try graph.append(layer)
      graph.ending = .sigmoidPair
    }
  }

  private static let families = {
    var families = CompactFamily.standard
    families.add(CompactFamily("exported-rate", for: [.logistic]) { try ExportedRate($0) })
    families.add(CompactFamily("base-rate", for: [.logistic]) { try BaseRate($0) })
    return families
  }()

  private static let draws = zip(normals(300, seed: 41), normals(300, seed: 42))
    .map { [0.5 + 0.4 * $0, -1 + 0.7 * $1] }
  private static let inputs = normals(40, seed: 43)

  /// What all draws predict at all inputs on average, number by number.
  private var rate: Double {
    var sum = 0.0
    for x in Self.inputs {
      for draw in Self.draws { sum += 1 / (1 + exp(-(draw[0] * x + draw[1]))) }
    }
    return sum / Double(Self.inputs.count * Self.draws.count)
  }

  private func run(in folder: URL, _ family: String, _ options: [String] = []) throws -> URL {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let draws = try written(tableText(["beta", "alpha"], Self.draws), "draws.csv", in: folder)
    let data = try written(tableText(["x"], Self.inputs.map { [$0] }), "data.csv", in: folder)
    let run = folder.appendingPathComponent("run")
    try performPredictive(
      [
        "--draws", draws, "--intercept", "alpha", "--data", data, "--inputs", "data",
        "--family", family,
      ] + options,
      in: run
    )
    return run
  }

  @Test func aRecipeAndAFileNameIt() throws {
    try withScratchFolder { folder in
      let run = try CompactFamily.$known.withValue(Self.families) {
        let run = try self.run(in: folder, "base-rate")
        let student = try predictiveStudent(run)
        guard case .own(let form as BaseRate) = student.family else {
          Issue.record("\(student)")
          return run
        }
        #expect(abs(form.probability - rate) < 1e-9)
        #expect(student.inputs == ["x"] && student.parameterCount == 1)
        guard case .classes(let logs) = try student.predictions(at: Tensor([[3.0], [-8]])) else {
          Issue.record("no classes")
          return run
        }
        for row in logs.exponential.rowsOfScalars { #expect(abs(row[1] - rate) < 1e-9) }
        let recipe = try String(
          contentsOf: run.appendingPathComponent(RunFolder.recipe),
          encoding: .utf8
        )
        let again = try JobRecipe(yaml: recipe, among: Catalogue(PredictivePlan.self)).job
        #expect((again as? PredictivePlan)?.family.rawValue == "base-rate")
        // Slips of the pen are answered with its name too.
        let slip = #expect(throws: (any Error).self) {
          try JobRecipe(
            yaml: recipe.replacing("base-rate", with: "base-rat"),
            among: Catalogue(PredictivePlan.self)
          )
        }
        #expect("\(slip!)".contains("did you mean base-rate?"), "\(slip!)")
        return run
      }
      // Whoever does not know it is told so.
      let refusal = #expect(throws: PredictiveError.self) { try predictiveStudent(run) }
      #expect(refusal?.description.contains("no family of students named 'base rate'") == true)
    }
  }

  @Test func itIsComparedWithItsDraws() throws {
    try withScratchFolder { folder in
      try CompactFamily.$known.withValue(Self.families) {
        let run = try run(in: folder, "base-rate", ["--certify"])
        let divergence = try #require(predictiveCertificate(run).forms[0].divergence?.mean)
        // It cannot follow the inputs, and is still finite.
        #expect(divergence > 0.001 && divergence < 1)
        let online = #expect(throws: (any Error).self) {
          try self.run(in: folder.appendingPathComponent("other"), "base-rate", ["--online"])
        }
        #expect(online != nil)
      }
    }
  }

  /// As the family says, or refused in a sentence that names it.
  @Test func itIsExported() throws {
    try withScratchFolder { folder in
      try CompactFamily.$known.withValue(Self.families) {
        let run = try self.run(in: folder, "exported-rate")
        let url = folder.appendingPathComponent("rate.distill")
        let inputs = Tensor([[3.0], [-8]])
        let student = try predictiveStudent(run)
        let parity = try StudentGraph(student).write(
          .runtime,
          to: url,
          expecting: student.exportedAnswers(at: inputs),
          of: inputs
        )
        #expect(parity.largestDifference < 1e-6)
        let exported = try Student(path: url.path)
        #expect(exported.inputCount == 1 && exported.outputCount == 2)
        let other = try self.run(in: folder.appendingPathComponent("other"), "base-rate")
        let refused = #expect(throws: ExportError.self) {
          try StudentGraph(predictiveStudent(other))
        }
        #expect(
          refused?.description.hasPrefix("the family 'base rate' does not say how it is exported")
            == true
        )
      }
    }
  }

  @Test func itIsForItsModelsOnly() throws {
    try CompactFamily.$known.withValue(Self.families) {
      #expect(PredictiveModelName.logistic.families.contains { $0.rawValue == "base-rate" })
      #expect(!PredictiveModelName.probit.families.contains { $0.rawValue == "base-rate" })
      #expect(PredictiveModelName.logistic.families[0] == .mixtureOfLogistics)
      #expect(PredictiveModelName.values.families[0] == .network)
    }
  }
}
