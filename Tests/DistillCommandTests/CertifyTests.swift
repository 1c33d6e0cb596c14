import Distill
import Foundation
import Testing

@testable import DistillCommand

@Suite struct CertifyTests {
  /// The tests' own executable file is large, and is not what certifies.
  private static let program = Provenance.Content(name: "distill", bytes: 1, sha256: "ab12")

  /// A world with a finished run of 60 steps.
  private func withRun<Result>(
    _ body: (CompressWorld, RunFolder) throws -> Result
  ) throws -> Result {
    try withCompressWorld { world in
      var options = world.options()
      options.trainsControl = true
      return try body(world, world.run(options).folder)
    }
  }

  @discardableResult
  private func certify(
    _ folder: RunFolder,
    seeds: Int = 2,
    accuracy: String? = nil,
    stoppingAt word: String? = nil
  ) throws -> (certificate: Certificate, said: Transcript) {
    let (console, interruption, said) = Self.console(stoppingAt: word)
    let options = CertifyOptions(run: folder.url.path, seeds: seeds, teacherAccuracy: accuracy)
    return (
      try runCertify(options, on: .cpu, program: Self.program, console, interruption), said
    )
  }

  private func replay(_ path: String, stoppingAt word: String? = nil) throws -> ReplayResult {
    let (console, interruption, _) = Self.console(stoppingAt: word)
    return try runReplay(path, on: .cpu, program: Self.program, console, interruption)
  }

  private static func console(
    stoppingAt word: String?
  ) -> (Console, Interruption, Transcript) {
    let said = Transcript()
    let interruption = Interruption(write: { _ in }, quit: {})
    let clock = FixedClock()
    let output = Output(isTerminal: false) { text in
      said.append(text)
      if let word, text.contains(word), !interruption.isRequested { interruption.arrive() }
    }
    let console = Console(.json, results: output, remarks: output) {
      clock.now += 1
      return clock.now
    }
    return (console, interruption, said)
  }

  @Test func certificateSaysWhatTheFilesDo() throws {
    try withRun { world, folder in
      let (certificate, said) = try certify(folder, seeds: 3, accuracy: "0.9")
      #expect(said.text.contains("the teacher's accuracy is"))
      #expect(said.lines.contains { $0.contains("\"event\":\"certificate\"") })
      #expect(folder.contains(CertificateFile.name) && folder.contains(CertificateFile.page))
      let html = try String(contentsOf: folder.file(CertificateFile.page), encoding: .utf8)
      #expect(html.contains("<strong>\(certificate.verdict)</strong>"))
      #expect(try CertificateFile.read(folder.url.path).json() == certificate.json())

      // The run's own networks, and new ones of the next seeds.
      let networks = certificate.provenance.networks
      #expect(networks.map(\.seed) == [1, 2, 3, 1, 2, 3])
      #expect(
        networks.map(\.role) == .init(repeating: "student", count: 3)
          + .init(repeating: "control", count: 3)
      )
      let own = try SHA256.hash(of: folder.file("student.safetensors"))
      #expect(networks[0].weights.sha256 == own)
      #expect(Set(networks.map(\.weights.sha256)).count == 6)
      let kept = try FileManager.default.contentsOfDirectory(
        atPath: folder.file("certificate").path
      )
      #expect(
        kept.sorted()
          == ["control-2", "control-3", "student-2", "student-3"].map { $0 + ".safetensors" }
      )

      // Accuracies straight from the files.
      let test = try #require(LabelledSource(DataSource(world.data)).test)
      let labels = test.labels.scalars(Int.self)
      let estimates = [certificate.clean.student, certificate.clean.control]
      let means = estimates.flatMap { $0[.accuracy]!.seedMeans }
      for (network, mean) in zip(networks, means) {
        let module = try ModelSpecification("mlp:16-4-3").module(using: RandomGenerator(seed: 9))
        try module.load(from: URL(fileURLWithPath: network.weights.name))
        let choices = module(test.inputs).indexOfMaximum(along: 1).scalars(Int.self)
        let right = zip(choices, labels).count { $0 == $1 }
        #expect(abs(mean - Double(right) / 120) < 1e-12)
      }
      #expect(certificate.settings.count == 10 && certificate.otherComparisons == 58)
      let cost = certificate.studentCost
      #expect(cost.parameters == 16 * 4 + 4 + 4 * 3 + 3 && cost.multiplyAdds == 16 * 4 + 4 * 3)
      #expect(certificate.teacherCost.multiplyAdds == 2 * (16 * 12 + 12 * 3))
      #expect(cost.latencies.map(\.batch) == [1, 64] && cost.latencies[0].repetitions >= 100)
    }
  }

  @Test func interruptedCertificatesGoOn() throws {
    try withRun { _, folder in
      let error = try #require(throws: Stopped.self) {
        try certify(folder, stoppingAt: "\"done\":30,\"event\":\"progress\",\"loss\"")
      }
      #expect(error.description.contains("go on with distill certify \(folder.url.path)"))
      #expect(!folder.contains(CertificateFile.name))
      let parts = try certify(folder).certificate
      // From nothing: what was kept is thrown away.
      try FileManager.default.removeItem(at: folder.file("certificate"))
      let whole = try certify(folder).certificate
      #expect(parts.settings == whole.settings && parts.verdict == whole.verdict)
      #expect(try certify(folder).said.text.contains("student 2 of 2: finished before"))
    }
  }

  @Test func replayStandsToTheLastBit() throws {
    try withRun { world, folder in
      try certify(folder)
      // The run's own networks play no part.
      try FileManager.default.removeItem(at: folder.file("student.safetensors"))
      try FileManager.default.removeItem(at: folder.file("certificate"))
      let result = try replay(folder.url.path)
      #expect(result.stands && result.table == nil, "\(result.summary)")
      #expect(result.comparisons.allSatisfy { $0.tolerance == 0 })
      #expect(!folder.contains("replay"))
      // An interrupted one keeps what it has.
      let file = folder.file(CertificateFile.name).path
      #expect(throws: Stopped.self) {
        try replay(file, stoppingAt: "\"done\":30,\"event\":\"progress\",\"loss\"")
      }
      #expect(folder.contains("replay/certificate/student-1.checkpoint.safetensors"))
      #expect(try replay(file).stands)
    }
  }

  @Test func replayFindsANetworkThatTheRecipeDoesNotMake() throws {
    try withRun { world, folder in
      let plan = try CompressionPlan.recorded(in: folder)
      let training = try CompressionTraining(plan, Console(.quiet), Interruption())
      let other = try training.train(.student, seed: 77).network
      try other.save(to: folder.file("student.safetensors"))
      try certify(folder)
      let result = try replay(folder.url.path)
      #expect(!result.stands && !result.fallen.isEmpty)
      #expect(
        result.fallen.allSatisfy { $0.name.contains("student") && $0.name.hasSuffix("seed 1") }
      )
    }
  }

  @Test func whatWasChangedIsRefused() throws {
    try withRun { world, folder in
      try certify(folder)
      let file = folder.file(CertificateFile.name)
      let text = try String(contentsOf: file, encoding: .utf8)
      func refused(_ old: String, _ new: String) throws -> String? {
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
        defer { try? text.write(to: file, atomically: true, encoding: .utf8) }
        return refusal { try replay(file.path) }
      }
      let verdict = try CertificateFile.read(file.path).verdict
      let flattered = verdict == .better ? "SAME" : "BETTER"
      #expect(
        try refused("\"verdict\" : \"\(verdict)\"\n}", "\"verdict\" : \"\(flattered)\"\n}")
          == "'\(file.path)' was changed after it was written: its seal does not fit it"
      )
      #expect(try refused("\"seal\" : \"", "\"seal\" : \"0")?.contains("was changed") == true)
      #expect(
        try refused("distill.certificate/1", "distill.certificate/2")?.contains("reads") == true
      )
      #expect(try refused("\"settings\"", "\"setings\"")?.contains("damaged") == true)
      #expect(
        refusal { try replay("nowhere") }?.hasPrefix("there is no certificate 'nowhere'") == true
      )

      // Data and teacher by their hashes, before anything is trained.
      try CompressWorld.write("t10k", 120, seed: 5, to: world.data)
      #expect(
        refusal { try replay(file.path) }?.contains("is not what the run was started with") == true
      )
      try CompressWorld.write("t10k", 120, seed: 2, to: world.data)
      try FileManager.default.removeItem(atPath: world.teachers + "/b.safetensors")
      #expect(refusal { try replay(file.path) }?.contains("is not there any more") == true)
    }
  }

  @Test func runsThatCannotBeCertifiedAreRefused() throws {
    try withRun { world, folder in
      let nowhere = RunFolder(url: world.folder.appendingPathComponent("none"), command: "certify")
      #expect(refusal { try certify(nowhere) }?.hasPrefix("there is no run in") == true)
      try folder.save(RunState<Nothing>(command: "compress"))
      #expect(refusal { try certify(folder) }?.contains("is not finished") == true)
      try folder.save(RunState<Nothing>(command: "run", isFinished: true))
      try folder.write("command: run\n", to: RunFolder.recipe)
      #expect(refusal { try certify(folder) }?.hasPrefix("only runs of distill compress") == true)
    }
  }

  @Test func aTeacherThatDoesWorseThanStatedIsRefused() throws {
    try withRun { world, folder in
      // Labels of which the teacher knows none.
      let labels = (0..<120).map { UInt8(($0 + 1) % 3) }
      let file = URL(fileURLWithPath: world.data).appendingPathComponent(
        "t10k-labels-idx1-ubyte.gz"
      )
      try IDX.write(Tensor(labels), to: file)
      let wrong = try world.run(world.options(out: "wrong")).folder
      let refused = refusal { try certify(wrong, accuracy: "0.97") }
      #expect(refused?.hasPrefix("the teacher does not reproduce its accuracy") == true)
      #expect(!wrong.contains("certificate"))
    }
  }

  @Test func compressionsCanEndWithACertificate() throws {
    try withRun { _, folder in
      var plan = try CompressionPlan.recorded(in: folder)
      plan.certifiedSeeds = 2
      let (console, interruption, _) = Self.console(stoppingAt: nil)
      let training = try CompressionTraining(plan, console, interruption)
      var run = CompressionRun(folder: folder, training: training, console: console)
      run.program = Self.program
      try run.perform()
      #expect(try folder.isFinished())
      let certificate = try CertificateFile.read(folder.url.path)
      #expect(certificate.provenance.seeds == [1, 2])
      #expect(certificate.provenance.program == Self.program)
    }
  }
}
