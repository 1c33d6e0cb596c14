import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A job of somebody's own, by its name in a recipe, with evidence of its own.
@Suite struct OwnJobTests {
  struct Rolls: EvidenceJob {
    struct Evidence: CertificateEvidence {
      static let application = "rolls"
      static let times: Set = ["seconds"]
      var provenance: Provenance?
      var seal: String?
      let sum: Double
      var seconds = 0.0
      var text: String { "the sum is \(sum)" }
    }

    static let name = "rolls"
    static let studentFiles = ["dice.txt"]
    var sources: (teacher: [String], data: [String]) { ([], []) }
    var count = 100

    func check() throws { try requireCount("count", count) }

    func perform(_ run: Run) throws {
      let numbers = try run.kept("rolls") {
        try run.stopIfAsked("nothing")
        return Tensor.normal([count], .float64, using: RandomGenerator(seed: run.seed))
          .scalars(Double.self)
      }
      try run.folder.write(numbers.map { "\($0)\n" }.joined(), to: Self.studentFiles[0])
      let now = Date().timeIntervalSince1970
      try run.certify(Evidence(sum: numbers.reduce(0, +), seconds: now), of: self)
    }
  }

  private static let jobs = {
    var jobs = Catalogue<any Job.Type>.standard
    jobs.add(Rolls.self)
    return jobs
  }()

  @Test func aRecipeRunsIt() throws {
    try withScratchFolder { scratch in
      try JobRecipe.$known.withValue(Self.jobs) {
        let folder = scratch.appendingPathComponent("run")
        let recipe = try JobRecipe(
          yaml: "experiment: rolls\nseed: 5\ncount: 7",
          among: JobRecipe.known
        )
        #expect(throws: Stopped.self) { try recipe.run(at: folder, Work(isCancelled: { true })) }
        // What was stopped goes on; what is finished stays as it is.
        try recipe.run(at: folder)
        try recipe.run(at: folder)
        let written = try RunFolder(url: folder, command: "run").recipeText()
        let again = try JobRecipe(yaml: written, among: JobRecipe.known)
        #expect(again.isEqual(to: recipe) && again.seed == 5)
        let dice = try String(
          contentsOf: folder.appendingPathComponent("dice.txt"),
          encoding: .utf8
        )
        #expect(dice.split(separator: "\n").count == 7)
        let other = try JobRecipe(
          yaml: written,
          settings: ["count=8"],
          among: JobRecipe.known
        )
        let refused = refusal { try other.run(at: folder) }
        #expect(refused?.contains("is of another recipe") == true, "\(refused ?? "taken")")
      }
    }
  }

  @Test func itsEvidenceIsCertifiedAndReplayed() throws {
    try withScratchFolder { scratch in
      try JobRecipe.$known.withValue(Self.jobs) {
        let folder = scratch.appendingPathComponent("run")
        try JobRecipe(Rolls()).run(at: folder)
        try certify(folder)
        let result = try replay(folder)
        #expect(result.stands && result.comparisons.contains { $0.name == "sum" })
        // A number that was changed is found, sealed again or not.
        let file = folder.appendingPathComponent(CertificateFile.name)
        var evidence = try CertificateFile.evidence(Rolls.Evidence.self, at: folder.path)
        let text = try String(contentsOf: file, encoding: .utf8)
        let sum = try #require(text.firstMatch(of: /"sum" : [-0-9.e]+/))
        try Data(text.replacingCharacters(in: sum.range, with: "\"sum\" : 0.5").utf8).write(
          to: file
        )
        #expect(refusal { try replay(folder) }?.contains("was changed") == true)
        evidence = .init(provenance: evidence.provenance, sum: 0.5)
        try Data(prettyJson(CertificateFile.sealed(evidence)).utf8).write(to: file)
        #expect(try replay(folder).fallen.map(\.name) == ["sum"])
      }
      // Whoever does not know the job is told so.
      let refused = refusal { try replay(scratch.appendingPathComponent("run")) }
      #expect(refused != nil && refused?.contains("\n") == false, "\(refused ?? "taken")")
    }
  }

  @Test func slipsAreAnsweredWithItsName() {
    let said = refusal { try JobRecipe(yaml: "experiment: rols", among: Self.jobs) }
    #expect(said == "there is no experiment 'rols': did you mean rolls?")
    let bounds = refusal {
      try JobRecipe(yaml: "experiment: rolls\ncount: 0", among: Self.jobs)
    }
    #expect(bounds?.hasPrefix("count 0: there must be at least 1") == true)
  }

  /// Everything of one's own by its text in a recipe, as the snippet has it.
  @Test func theSnippetRuns() throws {
    try withScratchFolder { scratch in
      let process = Process()
      process.executableURL = ProgramTests.program.deletingLastPathComponent()
        .appendingPathComponent("OwnJob")
      process.currentDirectoryURL = scratch
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let said = String(
        decoding: try output.fileHandleForReading.readToEnd() ?? Data(),
        as: UTF8.self
      )
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(
        said.contains("nowhere further from the sine than 0.") && said.contains("stand"),
        "\(said)"
      )
      let recipe = try String(
        contentsOf: scratch.appendingPathComponent("runs/function/recipe.yaml"),
        encoding: .utf8
      )
      #expect(recipe.contains("student: skip:1-8-1") && recipe.contains("huber(delta: 0.5)"))
    }
  }
}
