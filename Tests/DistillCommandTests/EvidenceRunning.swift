import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Tests of an experiment whose runs end with evidence of their own: small ones, in this process, on one
/// thread, because networks as small as these are no quicker on two.
protocol EvidenceRunning {
  associatedtype Evidence: CertificateEvidence
}

extension EvidenceRunning {
  private var program: Provenance.Content {
    Provenance.Content(name: "distill", bytes: 1, sha256: "tests")
  }

  func run(_ recipe: JobRecipe, at path: URL, _ work: Work = .silent) throws -> RunFolder {
    let folder = try recipe.begin("run", at: path.path, on: .cpu)
    try perform(recipe, in: folder, work)
    // Without its lock: whoever certifies takes one of its own.
    return RunFolder(url: folder.url, command: folder.command)
  }

  private func perform(_ recipe: JobRecipe, in folder: RunFolder, _ work: Work) throws {
    try Machine.with(threads: 1) {
      try recipe.perform(in: folder, on: .cpu, program: program, work)
    }
  }

  func certificate(_ folder: RunFolder) throws -> Evidence {
    try CertificateFile.evidence(Evidence.self, at: folder.url.path)
  }

  private func replayed(_ folder: RunFolder) throws -> ReplayResult {
    try Machine.with(threads: 1) {
      try replay(folder.url.path, on: .cpu, program: program, among: experiments, .silent)
    }
  }

  /// A replay finds every number again, a changed one is noticed, and the run makes the same certificate
  /// anew.
  ///
  /// - Parameter count: Fewer numbers than a replay compares.
  func requireEvidence(_ folder: RunFolder, ofMoreThan count: Int) throws {
    let found = try certificate(folder)
    let result = try replayed(folder)
    #expect(result.stands && result.comparisons.count > count, "\(result.fallen.map(\.name))")
    let text = try String(contentsOf: folder.file(CertificateFile.name), encoding: .utf8)
    let number = try #require(text.firstMatch(of: /"margin" : (0\.[0-9]+|[0-9]+)/))
    try folder.write(
      text.replacingCharacters(in: number.1.startIndex..<number.1.endIndex, with: "0.5"),
      to: CertificateFile.name
    )
    #expect(refusal { try replayed(folder) }?.contains("was changed") == true)
    try Machine.with(threads: 1) {
      try certify(
        CertifyOptions(run: folder.url.path),
        on: .cpu,
        program: program,
        among: experiments,
        .silent
      )
    }
    let again = try certificate(folder).compared(with: found)
    #expect(again.stands && !folder.contains("certificate"))
  }

  /// A run that is stopped in the middle goes on to the same files and numbers.
  ///
  /// - Parameters:
  ///   - stage: What is under way when it is stopped: a part of its name.
  ///   - step: The step after which it is.
  ///   - files: How many files are compared, those that end with one of `endings`.
  ///   - look: Sees the folder in between.
  func requireResumed(
    _ recipe: JobRecipe,
    in scratch: URL,
    stoppedIn stage: String,
    after step: Int,
    files: Int,
    ending endings: [String] = [".safetensors"],
    _ look: (RunFolder) -> Void = { _ in }
  ) throws {
    func content(_ folder: RunFolder) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      let kept = names.filter { name in endings.contains { name.hasSuffix($0) } }
      return try Dictionary(
        uniqueKeysWithValues: kept.map { ($0, try Data(contentsOf: folder.file($0))) }
      )
    }
    let whole = try run(recipe, at: scratch.appendingPathComponent("a"))
    let place = scratch.appendingPathComponent("b")
    var (isThere, steps) = (false, 0)
    let work = Work(
      report: { event in
        if case .began(let name, _, _, _) = event { isThere = name.contains(stage) }
        if case .reached(let step, _) = event, isThere { steps = step }
      },
      isCancelled: { steps >= step }
    )
    #expect(throws: Stopped.self) { try run(recipe, at: place, work) }
    let folder = try RunFolder.resume("run", at: place.path)
    look(folder)
    func resume() throws {
      try perform(JobRecipe(resuming: folder, among: experiments), in: folder, .silent)
    }
    try requireRefusedChoices(folder, resume)
    try resume()
    #expect(try content(folder) == content(whole))
    #expect(try content(whole).count == files)
    let result = try certificate(whole).compared(with: certificate(folder))
    #expect(result.stands, "\(result.fallen.map(\.name))")
  }

  /// What somebody else wrote there and the recipe does not name is no choice.
  private func requireRefusedChoices(_ folder: RunFolder, _ resume: () throws -> Void) throws {
    guard folder.contains("choice.json") else { return }
    let sound = try RegularFile.text(folder.file("choice.json"))
    let number = /("(?:learningRate|kept|temperature)" : )[0-9.e-]+/
    let forged = sound.replacing(number) { "\($0.output.1)1e+300" }
    #expect(forged != sound)
    try folder.write(forged, to: "choice.json")
    #expect(refusal(resume)?.contains("choice.json' is damaged") == true)
    try folder.write(sound, to: "choice.json")
  }
}
