import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Certificates of predictive and of generative runs are sealed, and replays find what was changed.
@Suite struct EvidenceTests {
  private static let program = Provenance.Content(name: "distill", bytes: 1, sha256: "tests")

  /// A finished run and its folder.
  private func withRun(_ kind: String, _ body: (RunFolder) throws -> Void) throws {
    try withScratchFolder { scratch in
      let folder = scratch.appendingPathComponent("run")
      if kind == "predictive" {
        var random = RandomStream(seed: 3)
        let rows = (0..<400).map { _ in "\(random.normal()),\(2 + random.normal())" }
        let text = (["beta.1,beta.2"] + rows).joined(separator: "\n") + "\n"
        let draws = try written(text, "draws.csv", in: scratch)
        try performPredictive(
          [
            "--draws", draws, "--inputs", "gaussian:1", "--components", "2", "--steps", "40",
            "--certify",
          ],
          in: folder
        )
      } else {
        let rbm = scratch.appendingPathComponent("rbm.npz")
        try ModelFile.write(smallRBM(), to: rbm)
        let fit = GenerativeFit(
          teacher: rbm.path,
          distillation: smallPlan(steps: 60),
          partition: PartitionPlan(
            methods: [.importance, .bridge],
            samples: 400,
            chains: 50,
            burnIn: 10,
            thinning: 2
          )
        )
        let recipe = JobRecipe(fit, seed: 4)
        try recipe.perform(
          in: recipe.begin("generative fit", at: folder.path, on: .cpu),
          on: .cpu,
          program: Self.program,
          .silent
        )
      }
      try body(RunFolder(url: folder, command: "replay"))
    }
  }

  private func replayed(_ folder: RunFolder) throws -> ReplayResult {
    try replay(folder.url.path, on: .cpu, program: Self.program, .silent)
  }

  /// What the file says with another number behind a key, sealed as if nothing had been changed.
  private func forge<Evidence: CertificateEvidence>(
    _ type: Evidence.Type,
    _ folder: RunFolder,
    _ key: String
  ) throws -> (bare: String, sealed: String) {
    let file = folder.file(CertificateFile.name)
    let text = try String(contentsOf: file, encoding: .utf8)
    let place = try #require(text.firstRange(of: "\"\(key)\" : "))
    let number = try #require(text[place.upperBound...].firstMatch(of: /-?[0-9][0-9.e-]*/))
    let bare = text.replacingCharacters(in: number.range, with: "0.123456789")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    let evidence = try decoder.decode(type, from: Data(bare.utf8))
    return (bare, prettyJson(CertificateFile.sealed(evidence)))
  }

  @Test(arguments: [
    ("predictive", "mean"), ("predictive", "sizeRatio"), ("density", "logZ"), ("density", "value"),
  ])
  func aTamperedNumberIsFound(kind: String, key: String) throws {
    try withRun(kind) { folder in
      let untouched = try replayed(folder)
      #expect(untouched.stands && untouched.comparisons.count > 10, "\(untouched.fallen)")
      #expect(!folder.contains("replay"))
      let forged =
        kind == "predictive"
        ? try forge(PredictiveCertificate.self, folder, key)
        : try forge(GenerativeCertificate.self, folder, key)
      try folder.write(forged.bare, to: CertificateFile.name)
      let sentence = refusal { try replayed(folder) }
      #expect(
        sentence?.hasSuffix("was changed after it was written: its seal does not fit it") == true
      )
      try folder.write(forged.sealed, to: CertificateFile.name)
      let result = try replayed(folder)
      #expect(!result.stands && result.fallen.count == 1, "\(result.fallen.map(\.name))")
      #expect(result.fallen.first?.original == 0.123456789)
    }
  }

  /// The student beside a certificate, the files it was made from, and its seal.
  @Test(arguments: ["predictive", "density"])
  func whatIsBesideACertificateIsLookedAt(kind: String) throws {
    try withRun(kind) { folder in
      let name = kind == "predictive" ? "student.json" : "student.safetensors"
      let student = try Data(contentsOf: folder.file(name))
      try (student + Data(" ".utf8)).write(to: folder.file(name))
      #expect(
        refusal { try replayed(folder) }?.contains("is not the file that the certificate is about")
          == true
      )
      try student.write(to: folder.file(name))
      let text = try String(contentsOf: folder.file(CertificateFile.name), encoding: .utf8)
      try folder.write(text.replacing("\"seal\"", with: "\"sael\""), to: CertificateFile.name)
      #expect(refusal { try replayed(folder) }?.contains("does not say how it came to be") == true)
      try folder.write(text.replacing("\"seed\"", with: "\"sede\""), to: CertificateFile.name)
      #expect(refusal { try replayed(folder) }?.contains("'seed' is missing") == true)
      try folder.write(text, to: CertificateFile.name)
      let source = kind == "predictive" ? "draws.csv" : "rbm.npz"
      let file = folder.url.deletingLastPathComponent().appendingPathComponent(source)
      try (Data(contentsOf: file) + Data("1,2\n".utf8)).write(to: file)
      #expect(
        refusal { try replayed(folder) }?.contains("is not what the run was started with") == true
      )
    }
  }

  /// `distill certify` does a run again; another student than its recipe makes is refused.
  @Test(arguments: ["predictive", "density"])
  func runsAreCertifiedAnew(kind: String) throws {
    try withRun(kind) { folder in
      let old = try replayed(folder)
      folder.remove(CertificateFile.name)
      func certified() throws {
        try certify(CertifyOptions(run: folder.url.path), on: .cpu, program: Self.program, .silent)
      }
      try certified()
      #expect(try replayed(folder).comparisons == old.comparisons)
      #expect(!folder.contains("certificate"))
      let name = kind == "predictive" ? "student.json" : "student.safetensors"
      try (Data(contentsOf: folder.file(name)) + Data(" ".utf8)).write(to: folder.file(name))
      #expect(refusal { try certified() }?.contains("is not what its recipe trains") == true)
    }
  }

  /// A certificate goes beside no other run's, nor in its place.
  @Test func aCertificateOfAnotherRunStays() throws {
    try withRun("predictive") { folder in
      func certified(_ out: URL) throws {
        var options = CertifyOptions(run: folder.url.path)
        options.out = out.path
        try certify(options, on: .cpu, program: Self.program, .silent)
      }
      let place = folder.url.deletingLastPathComponent().appendingPathComponent("elsewhere")
      try certified(place)
      try certified(place)
      let file = place.appendingPathComponent(CertificateFile.name)
      let own = try String(contentsOf: file, encoding: .utf8)
      let hash = try CertificateFile.evidence(PredictiveCertificate.self, at: place.path)
        .provenance!.recipeSHA256
      let other = own.replacing(hash, with: String(repeating: "0", count: 64))
      try Data(other.utf8).write(to: file)
      #expect(
        refusal { try certified(place) }?.contains("holds the certificate of a run of its own")
          == true
      )
      try Data("seed: 1\n".utf8).write(to: place.appendingPathComponent(RunFolder.recipe))
      #expect(refusal { try certified(place) }?.contains("holds a run of its own") == true)
      #expect(try String(contentsOf: file, encoding: .utf8) == other)
    }
  }

  /// What leaves says what the certificate says, in its own words, and so does its card.
  @Test(arguments: ["predictive", "generative"])
  func theWordsOfACertificateTravel(kind: String) throws {
    try withRun(kind) { folder in
      let words =
        kind == "predictive"
        ? try CertificateFile.evidence(PredictiveCertificate.self, at: folder.url.path).lesson
        : try CertificateFile.evidence(GenerativeCertificate.self, at: folder.url.path).lesson
      let path = folder.url.path
      try ExportCommand.parse([path, "--format", "onnx", "--card", "--quiet"]).run()
      #expect(try Inspection(of: folder.file("student.onnx")).notes["verdict"] == words)
      let card = try String(contentsOf: folder.file("student.onnx.md"), encoding: .utf8)
      #expect(card.contains("| verdict | \(words.prefix(20))"), "\(card)")
    }
  }

  /// Without a certificate no rows were kept out, and with one the student would be another.
  @Test func rowsMustHaveBeenKeptOut() throws {
    var plan = PredictivePlan()
    (plan.data.table, plan.data.outcome) = ("data.csv", "y")
    #expect(refusal { try plan.certified() }?.contains("a fifth of the rows is kept out") == true)
    var others = plan
    others.data.inputs = .gaussian(variance: 1)
    #expect(try others.certified().isCertified)
    others.draws.files = ["-"]
    #expect(refusal { try others.certified() }?.contains("pipe") == true)
  }
}
