import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct CertifyTests {
  /// The tests' own executable file is large, and is not what certifies.
  static let program = Provenance.Content(name: "distill", bytes: 1, sha256: "ab12")

  /// A world with a finished run of 60 steps.
  func withRun<Result>(
    _ body: (CompressWorld, RunFolder) throws -> Result
  ) throws -> Result {
    try withCompressWorld { world in
      var options = world.options()
      options.trainsControl = true
      return try body(world, world.run(options).folder)
    }
  }

  @discardableResult
  func certify(
    _ folder: RunFolder,
    seeds: Int = 2,
    accuracy: String? = nil,
    by program: Provenance.Content = program,
    stoppingAt word: String? = nil
  ) throws -> (certificate: Certificate, said: Transcript) {
    let (console, interruption, said) = Self.console(stoppingAt: word)
    let options = CertifyOptions(run: folder.url.path, seeds: seeds, teacherAccuracy: accuracy)
    return (
      try runCertify(options, on: .cpu, program: program, console.work(interruption)), said
    )
  }

  func replay(
    _ path: String,
    out: String? = nil,
    stoppingAt word: String? = nil
  ) throws -> ReplayResult {
    let (console, interruption, _) = Self.console(stoppingAt: word)
    return try runReplay(
      path,
      out: out,
      on: .cpu,
      program: Self.program,
      console.work(interruption)
    )
  }

  static func console(
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

      // The run's own networks, trained again and found the same, and those of the next seeds.
      #expect(said.text.contains("student 1 of 3: the same, bit for bit, as"))
      #expect(said.text.contains("control 1 of 3: the same, bit for bit, as"))
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
      let names = ["control-1", "control-2", "control-3", "student-1", "student-2", "student-3"]
      #expect(
        kept.sorted() == names[..<3].map { $0 + ".safetensors" } + [NetworkOrigin.name]
          + names[3...].map { $0 + ".safetensors" }
      )

      // Accuracies straight from the files.
      let test = try #require(LabelledSource(DataSource(world.data)).test)
      let labels = test.labels.scalars(Int.self)
      let estimates = [certificate.clean.student, certificate.clean.control]
      let means = estimates.flatMap { $0[.accuracy]!.seedMeans }
      for (network, mean) in zip(networks, means) {
        let module = try ModelSpecification("mlp:16-4-3").module(using: RandomGenerator(seed: 9))
        #expect(!network.weights.name.hasPrefix("/"))
        try module.load(from: folder.file(network.weights.name))
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
      #expect(error.description.contains("resume with distill certify \(folder.url.path)"))
      #expect(!folder.contains(CertificateFile.name))
      let parts = try certify(folder).certificate
      // From nothing: what was kept is thrown away.
      try FileManager.default.removeItem(at: folder.file("certificate"))
      let whole = try certify(folder).certificate
      #expect(parts.settings == whole.settings && parts.verdict == whole.verdict)
      #expect(try certify(folder).said.text.contains("student 2 of 2: finished before"))
    }
  }

  @Test func aReplayDeletesNothingThatItDidNotMake() throws {
    let folder = RunFolder(
      url: FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID())"),
      command: "replay"
    )
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    let origin = NetworkOrigin(recipe: "a", program: "b", data: [], teacher: [], machine: [:])
    let console = Console(.quiet)
    try folder.write("mine", to: "student-1.safetensors")
    #expect(throws: RunError.self) { try origin.claim(folder, console.work()) }
    #expect(folder.contains("student-1.safetensors"))

    folder.remove("student-1.safetensors")
    try origin.claim(folder, console.work())
    try folder.write("ours", to: "student-1.safetensors")
    try folder.write("mine", to: "notes.txt")
    NetworkOrigin.release(folder)
    #expect(folder.contains("notes.txt"))
    #expect(!folder.contains("student-1.safetensors"))
  }

  @Test func aCertificateIsNotWrittenIntoAnotherRun() throws {
    try withRun { _, folder in
      let place = folder.url.deletingLastPathComponent().appendingPathComponent("other")
      let other = RunFolder(url: place, command: "compress")
      try FileManager.default.createDirectory(at: other.url, withIntermediateDirectories: true)
      try other.write("job: another", to: RunFolder.recipe)
      let (console, interruption, _) = Self.console(stoppingAt: nil)
      let options = CertifyOptions(run: folder.url.path, seeds: 2, out: other.url.path)
      func certify() throws {
        try runCertify(options, on: .cpu, program: Self.program, console.work(interruption))
      }
      #expect(throws: RunError.self) { try certify() }
      #expect(!other.contains(CertificateFile.name))
      // A link in its place is not followed; what else is there is the user's.
      other.remove(RunFolder.recipe)
      let page = other.file(CertificateFile.page).path
      #expect(symlink("/nowhere", page) == 0)
      #expect(refusal { try certify() }?.contains("is a symbolic link") == true)
      #expect(rename(page, other.file("notes").path) == 0)
      try certify()
      #expect(other.contains(CertificateFile.name))
    }
  }

  @Test(arguments: [
    ("seed: ", "seed: 1e99 #", "'seed' is of another kind than it must be"),
    ("classes:", "classes: []", "did not find expected key"),
  ])
  func damagedRecipesAreCalledThat(old: String, new: String, words: String) throws {
    try withRun { _, folder in
      let recipe = try folder.recipeText().replacing(old, with: new, maxReplacements: 1)
      try folder.write(recipe, to: RunFolder.recipe)
      let sentence = try #require(refusal { try certify(folder) })
      #expect(sentence.hasPrefix("the recipe cannot be read: "), "\(sentence)")
      #expect(sentence.contains(words) && !sentence.contains("DecodingError"), "\(sentence)")
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
      // Beside another one that is at work.
      let busy = try RunLock(folder.file("replay"))
      #expect(try replay(folder.url.path).stands)
      #expect(folder.contains("replay") && !folder.contains("replay-2"))
      busy.release()
      rmdir(folder.file("replay").path)
      // An interrupted one keeps what it has.
      let file = folder.file(CertificateFile.name).path
      #expect(throws: Stopped.self) {
        try replay(file, stoppingAt: "\"done\":30,\"event\":\"progress\",\"loss\"")
      }
      #expect(folder.contains("replay/student-1.checkpoint.safetensors"))
      // A certificate needs nothing of the run but what it names.
      try folder.write("{", to: RunFolder.state)
      #expect(try replay(file).stands)
      // Networks that were certified are not taken, nor deleted, wherever a replay works.
      try certifyAgainWithOtherWeights(folder)
      let moved = folder.url.deletingLastPathComponent().appendingPathComponent("moved.json")
      try FileManager.default.copyItem(atPath: file, toPath: moved.path)
      #expect(try replay(moved.path, out: folder.url.path).stands)
      #expect(folder.contains("certificate/student-2.safetensors"))
    }
  }

  /// Puts weights that no recipe makes where the certificate's networks are.
  private func certifyAgainWithOtherWeights(_ folder: RunFolder) throws {
    let place = folder.file("certificate")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let other = MLP([16, 4, 3], using: RandomGenerator(seed: 77))
    try other.save(to: place.appendingPathComponent("student-2.safetensors"))
  }

  @Test(arguments: ["student", "control"])
  func runsOfAnotherProgramAreRefused(_ role: String) throws {
    try withRun { world, folder in
      // What another program, which rounds otherwise, would have made: one bit of one weight.
      let file = folder.file("\(role).safetensors")
      var (tensors, metadata) = try Safetensors.read(from: file)
      let name = try #require(tensors.keys.sorted().first)
      var numbers = tensors[name]!.scalars(Float.self)
      numbers[0] = Float(bitPattern: numbers[0].bitPattern ^ 1)
      tensors[name] = Tensor(numbers, shape: tensors[name]!.shape)
      try Safetensors.write(tensors, metadata: metadata, to: file)
      #expect(
        refusal { try certify(folder) }
          == "'\(file.path)' is not what its recipe trains with this program: repeat the run, or "
          + "certify it with the program, machine and number of threads that made it"
      )
      #expect(!folder.contains(CertificateFile.name))
      // Found before any other seed is trained.
      #expect(!folder.contains("certificate/student-2.safetensors"))

      // A recipe that says how the run was made otherwise is quoted.
      let recipe = try String(contentsOf: folder.file(RunFolder.recipe), encoding: .utf8)
      let threads = "threads: \(Machine.threads)"
      #expect(recipe.contains(threads) && recordedThreads(folder.url.path) == Machine.threads)
      try folder.write(recipe.replacing(threads, with: "threads: 1234"), to: RunFolder.recipe)
      #expect(
        refusal { try certify(folder) }?
          .contains("this program (the run had threads 1234, now \(Machine.threads)): repeat")
          == true
      )
      #expect(recordedThreads(folder.url.path) == 1234)
    }
  }

  @Test func networksOfAnotherProgramAreTrainedAgain() throws {
    try withRun { _, folder in
      try certify(folder)
      try certifyAgainWithOtherWeights(folder)
      // The same program takes what is there: it wrote the name of its program beside it.
      #expect(try certify(folder).said.text.contains("student 2 of 2: finished before"))
      try certifyAgainWithOtherWeights(folder)
      let later = Provenance.Content(name: "distill", bytes: 1, sha256: "cd34")
      let (certificate, said) = try certify(folder, by: later)
      #expect(said.text.contains("are of another program: training all of them again"))
      #expect(!said.text.contains("finished before"))
      #expect(certificate.provenance.program == later)
      #expect(try replay(folder.url.path).stands)

      // Half-trained networks, too, and those of a program that did not write its name.
      folder.remove("certificate/" + NetworkOrigin.name)
      try "half".write(
        to: folder.file("certificate/student-2.checkpoint.safetensors"),
        atomically: true,
        encoding: .utf8
      )
      folder.remove("certificate/student-2.safetensors")
      let text = try certify(folder).said.text
      #expect(text.contains("are of a program that is not known: training all of them again"))
    }
  }

  /// The plan that a recipe holds is checked before anything is read or trained.
  @Test func plansThatCannotBeDoneAreRefused() throws {
    try withRun { _, folder in
      let text = try String(contentsOf: folder.file(RunFolder.recipe), encoding: .utf8)
      for (part, change) in [
        ("validation of the split is 1e+300", { $0.data.split.validation = 1e300 }),
        ("batchSize is 0", { $0.training.batchSize = 0 }),
        ("steps is -1", { $0.training.steps = -1 }),
        ("a learningRate is -1.0", { $0.training.optimizer.learningRate = -1 }),
        ("the scaling needs a mean", { $0.data.scaling = ExampleScaling(mean: [1, 2, 3]) }),
        ("the shape [16, 1]", { $0.data.shape = [16, 1] }),
        ("the shape [4611686018427387904,", { $0.data.shape = [1 << 62, 4, 4] }),
        ("does not take the 16 numbers", { $0.student = try! ModelSpecification("cnn:3c1-gap-3") }),
        ("written inside each other", { $0.loss = String(repeating: "(", count: 50_000) }),
        ("written inside each other", { $0.controlLoss = String(repeating: "1*", count: 50_000) }),
        ("there are no files of the teacher", { $0.teacher.files = [] }),
        ("limit is 0", { $0.data.limit = 0 }),
        ("firstLabel is 20", { $0.data.source.firstLabel = 20 }),
        ("inputRange is [0.0]", { $0.data.inputRange = [0] }),
        ("patience is 0", { $0.training.patience = 0 }),
      ] as [(String, (inout CompressionPlan) -> Void)] {
        var recipe = try Recipe<CompressionPlan>(yaml: text)
        change(&recipe.options)
        try folder.write(recipe.yaml(), to: RunFolder.recipe)
        let sentence = refusal { try certify(folder) }
        #expect(sentence?.contains(part) == true, "\(part): \(sentence?.prefix(200) ?? "")")
      }
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

  /// The word that a certificate must have decides how the command ends.
  @Test func wordsCanBeRequired() throws {
    let certificate = try withRun { _, folder in try certify(folder).certificate }
    #expect(certificate.classes == ["0", "1", "2"] && certificate.recalls?.count == 3)
    for (required, words) in [
      (RequiredWord.better, [Verdict.better]), (.same, [.better, .same]),
    ] {
      let sentence = refusal { try required.require(certificate) }
      #expect((sentence == nil) == words.contains(certificate.verdict))
      if let sentence { #expect(sentence.contains("the certificate says \(certificate.verdict)")) }
    }
    let command = try Program.parseAsRoot(["certify", "runs/a", "--require", "same"])
    #expect((command as? CertifyCommand)?.require == .same)
    #expect(throws: (any Error).self) {
      try Program.parseAsRoot(["certify", "runs/a", "--require", "worse"])
    }
  }

  @Test func compressionsCanEndWithACertificate() throws {
    try withRun { _, folder in
      var plan = try CompressionPlan.recorded(in: folder)
      plan.certifiedSeeds = 2
      let (console, interruption, _) = Self.console(stoppingAt: nil)
      let training = try CompressionTraining(plan, console.work(interruption))
      var run = CompressionRun(folder: folder, training: training, work: training.work)
      run.program = Self.program
      try run.perform()
      #expect(try folder.isFinished())
      let certificate = try CertificateFile.read(folder.url.path)
      #expect(certificate.provenance.seeds == [1, 2])
      #expect(certificate.provenance.program == Self.program)
    }
  }
}
