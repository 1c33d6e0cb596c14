import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Machines that are small enough to know the truth: what the commands print holds it.
@Suite struct GenerativeRunTests {
  static let truth = exactLogZ(smallRBM())

  private func write(_ folder: URL) throws -> (rbm: String, images: String) {
    let rbm = folder.appendingPathComponent("rbm.npz")
    let images = folder.appendingPathComponent("images.npz")
    try ModelFile.write(smallRBM(), to: rbm)
    var chains = Chains(500, inputs: 9, seed: 4)
    smallRBM().advance(&chains, steps: 100)
    try NumPy.writeArchive(["test": chains.states], to: images)
    return (rbm.path, images.path)
  }

  @Test func everyIntervalHoldsTheExactValue() throws {
    let rbm = smallRBM()
    let student = NADE(startingAt: rbm, hidden: 8, using: RandomGenerator(seed: 1))
    let results = try PartitionRun(
      rbm: rbm,
      student: student,
      plan: PartitionPlan(
        samples: 4_000,
        chains: 500,
        burnIn: 100,
        thinning: 20,
        runs: 500,
        temperatures: "adaptive:100"
      ),
      seed: 2,
      work: Console(.quiet).work(),
      checkStop: {}
    ).perform()
    #expect(results.estimates.count == PartitionMethod.allCases.count && results.agree)
    for estimate in results.estimates.map(\.estimate) {
      let slack = estimate.method == .enumeration ? 1e-4 : 0
      #expect(
        estimate.lower - slack <= Self.truth && Self.truth <= estimate.upper + slack,
        "\(estimate)"
      )
      #expect(results.text.contains(estimate.method.words))
    }
    #expect(results.best?.method == .enumeration)
    let bounds = try #require(results.bounds)
    #expect(bounds.lower - 4 * bounds.lowerError < Self.truth)
    #expect(bounds.upper + 4 * bounds.upperError > Self.truth)
  }

  @Test func fitWritesACertificateThatHoldsTheTruth() throws {
    try withScratchFolder { scratch in
      let files = try write(scratch)
      let folder = scratch.appendingPathComponent("run")
      let transcript = Transcript()
      let run = try smallRun(folder, transcript)
      try GenerativeFit(
        teacher: files.rbm,
        test: files.images,
        distillation: smallPlan(),
        partition: PartitionPlan(
          methods: [.importance, .bridge],
          samples: 4_000,
          chains: 500,
          burnIn: 100,
          thinning: 20
        )
      ).perform(run)
      let student = try ModelFile.student(at: run.folder.file("student.safetensors").path)
      let certificate: GenerativeCertificate = try run.kept("certificate") {
        throw RunError("there is no certificate")
      }
      // All 512 states tell what the divergences are.
      let states = Tensor(
        (0..<512).flatMap { code in (0..<9).map { UInt8(code >> $0 & 1) } },
        shape: [512, 9]
      )
      let p = smallRBM().logUnnormalized(states).scalars(Double.self).map { $0 - Self.truth }
      let q = student.logProbability(states).scalars(Double.self)
      let forward = zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      let backward = zip(p, q).reduce(0) { $0 + exp($1.1) * ($1.1 - $1.0) }
      #expect(forward < 0.05)
      #expect(certificate.divergenceOfStudent.interval.contains(forward))
      #expect(certificate.divergenceOfTeacher.interval.contains(backward))
      for estimate in certificate.estimates.estimates.map(\.estimate) {
        #expect(estimate.lower - 1e-4 <= Self.truth && Self.truth <= estimate.upper + 1e-4)
      }
      let images = try binaryImages(at: files.images, usual: ["test"])
      let theirs = smallRBM().logUnnormalized(images).mean().doubleValue - Self.truth
      let test = try #require(certificate.test)
      #expect(test.images == 500 && abs(test.teacher.value - theirs) < 1e-3)
      let own = student.logProbability(images).mean().doubleValue
      #expect(abs(test.student.value - own) < 1e-4)
      #expect(transcript.text.contains("KL(teacher‖student)"))
      let page = try String(contentsOf: run.folder.file(RunFolder.report), encoding: .utf8)
      #expect(page.contains("Samples of the student") && page.contains("data:image/png;base64,"))
    }
  }

  /// Where bridge sampling claims bounds only, the divergences hold what log Z may be within them.
  @Test func certificateErrsWithAnUntrustedLogZ() throws {
    let ratios = try JSONDecoder().decode(
      RatioSamples.self,
      from: Data(
        "{\"proposals\": [1, 1, 1, 1], \"chains\": [[900], [900], [900], [900]]}".utf8
      )
    )
    var results = PartitionResults()
    let estimate = ratios.bridge(confidence: 0.9973)
    results.estimates = [.init(estimate: estimate, seconds: 0, setUpSeconds: 0)]
    results.bounds = ratios.bounds
    let certificate = try GenerativeCertificate(
      student: NADE(inputs: 9, hidden: 2, using: RandomGenerator(seed: 1)),
      teacher: smallRBM(),
      files: (nil, nil),
      results: results,
      images: nil
    )
    // log Z may be anywhere between the bounds.
    #expect(certificate.divergenceOfStudent.interval.contains(900 - estimate.lower))
    #expect(certificate.divergenceOfTeacher.interval.contains(estimate.upper - 1))
  }

  /// Students without fused kernels: read back as what they are, and their certificate holds the truth.
  @Test(arguments: ["made:12-12", "made:12,orders:2", "deep-nade:16", "deep-nade:12-8,orders:3"])
  func everyStudentIsCertified(text: String) throws {
    try withScratchFolder { scratch in
      let files = try write(scratch)
      let run = try smallRun(scratch.appendingPathComponent("run"))
      let isDeep = text.hasPrefix("deep")
      try GenerativeFit(
        teacher: files.rbm,
        distillation: smallPlan(text, loss: isDeep ? "conditional" : "likelihood", steps: 150),
        partition: PartitionPlan(
          methods: [.bridge],
          samples: 1_000,
          chains: 500,
          burnIn: 100,
          thinning: 20
        )
      ).perform(run)
      let student = try ModelFile.student(at: run.folder.file("student.safetensors").path)
      let certificate: GenerativeCertificate = try run.kept("certificate") {
        throw RunError("there is no certificate")
      }
      #expect(certificate.student.name == student.title)
      #expect(student.title.hasPrefix(isDeep ? "deep NADE 9-" : "MADE 9-12"))
      #expect(student.title.contains("orders") == text.contains("orders"))
      let forward = try divergence(student)
      let start = try smallPlan(text).makeStudent(of: smallRBM(), seed: 1)
      #expect(forward < 0.3 * (try divergence(start)))
      #expect(certificate.divergenceOfStudent.interval.contains(forward))
      let bridge = try #require(certificate.estimates.estimates.last?.estimate)
      #expect(bridge.lower <= Self.truth && Self.truth <= bridge.upper)
      let page = try String(contentsOf: run.folder.file(RunFolder.report), encoding: .utf8)
      #expect(page.contains("Weights out of the student"))
    }
  }

  /// KL(RBM‖student) over all 512 states.
  private func divergence(_ student: any StoredModel) throws -> Double {
    let states = Tensor(
      (0..<512).flatMap { code in (0..<9).map { UInt8(code >> $0 & 1) } },
      shape: [512, 9]
    )
    let p = smallRBM().logUnnormalized(states).scalars(Double.self).map { $0 - Self.truth }
    let q = student.logProbability(states).scalars(Double.self)
    return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
  }

  /// Stopped in the middle and taken up again, a run ends with the same student to the bit.
  @Test(arguments: [
    ("nade:12", "conditional"), ("nade:12", "likelihood + 0.1 squared"),
    ("made:10-8", "conditional + 0.1 score"), ("made:10,orders:3", "likelihood"),
    ("deep-nade:8-8,orders:2", "conditional"),
  ])
  func resumingGivesTheSameStudent(student: String, loss: String) throws {
    try withScratchFolder { scratch in
      let rbm = smallRBM()
      func train(_ name: String, stopAt: Int?) throws -> any StoredModel {
        let folder = scratch.appendingPathComponent(name)
        let interruption = Interruption(write: { _ in }, quit: {})
        let run = try smallRun(folder, interruption: interruption)
        let steps = Set([stopAt].compactMap(\.self))
        let trained = try run.distill(
          rbm,
          by: smallPlan(student, loss: loss, steps: 60),
          named: student,
          file: "student",
          at: steps,
          look: { _, _ in interruption.arrive() },
          done: { "nothing" }
        )
        // What is in the file is what was given.
        let kept = try ModelFile.student(at: run.folder.file("student.safetensors").path)
        #expect(numbers(kept) == numbers(trained))
        return trained
      }
      let whole = try train("whole", stopAt: nil)
      let said = refusal { try train("parts", stopAt: 31) }
      #expect(said?.hasPrefix("stopped with nothing finished in") == true)
      #expect(said?.contains("resume with: distill generative fit --resume") == true)
      let parts = scratch.appendingPathComponent("parts")
      let checkpoint = parts.appendingPathComponent("student.checkpoint.safetensors")
      // The place of the chains is kept, so that they need not be run again.
      let kept = try Safetensors.read(from: checkpoint).tensors
      #expect(kept["inputs.states"]?.shape == [200, 9])
      #expect(numbers(try train("parts", stopAt: nil)) == numbers(whole))
      let left = try FileManager.default.contentsOfDirectory(atPath: parts.path)
      #expect(!left.contains { $0.contains("checkpoint") })
    }
  }

  private func numbers(_ model: any StoredModel) -> [[Float]] {
    model.parameters.map { $0.value.scalars(Float.self) }
  }

  @Test func anRBMThatWasStoppedEndsTheSame() throws {
    try withScratchFolder { scratch in
      // One coin for all nine pixels, each of which is flipped once in ten times.
      let generator = RandomGenerator(seed: 4)
      let coins = Tensor.uniform([300, 1], using: generator) .< 0.5
      let flips = Tensor.uniform([300, 9], using: generator) .< 0.1
      let images = (coins.cast(to: .uint8) .!= flips.cast(to: .uint8)).cast(to: .uint8)
      let plan = RBMPlan(
        hidden: 6,
        epochs: 30,
        batch: 40,
        persistentChains: 30,
        learningRate: 0.1,
        momentum: 0.5
      )
      let whole = try smallRun(scratch.appendingPathComponent("whole"))
        .trainRBM(plan, on: images, file: "rbm") { "nothing" }
      let interruption = Interruption(write: { _ in }, quit: {})
      let folder = scratch.appendingPathComponent("parts")
      // The progress line's clock runs fast, so that every update is said; the 60th stops the run.
      let clock = FixedClock()
      var said = 0
      let stopping = Output(isTerminal: false, columns: { 80 }) { _ in
        said += 1
        if said == 60 { interruption.arrive() }
      }
      let place = try RunFolder.create(for: "generative train", at: folder.path, recipe: "")
      func run(_ interruption: Interruption) -> Run {
        Run(
          folder: place,
          seed: 1,
          device: .cpu,
          work: Console(.json, results: stopping, remarks: stopping) {
            clock.now += 2
            return clock.now
          }.work(interruption)
        )
      }
      #expect(throws: Stopped.self) {
        try run(interruption).trainRBM(plan, on: images, file: "rbm") { "nothing" }
      }
      #expect(place.contains("rbm.checkpoint.safetensors"))
      let parts = try run(Interruption(write: { _ in }, quit: {}))
        .trainRBM(plan, on: images, file: "rbm") { "nothing" }
      #expect(whole.weights.scalars(Float.self) == parts.weights.scalars(Float.self))
      #expect(whole.visibleBias.scalars(Float.self) == parts.visibleBias.scalars(Float.self))
      #expect(place.contains("rbm.npz") && !place.contains("rbm.checkpoint.safetensors"))
      // It has learnt: the images are more probable than under independent pixels.
      let exact = exactLogZ(parts)
      let rates = RBM.baseBias(of: images)
      let independent =
        (images.cast(to: .float32) * rates - rates.softplus).sum(along: 1).mean().doubleValue
      #expect(parts.logUnnormalized(images).mean().doubleValue - exact > independent + 0.05)
    }
  }

  @Test func sweepKeepsWhatIsDone() throws {
    #expect(GenerativeWidths().cases.count == 16)
    #expect(
      refusal { try GenerativeWidths(data: "/nowhere").dataFiles() }?
        .hasPrefix("there is no file '/nowhere/rbm-cd25-500.npz': this experiment needs") == true
    )
    #expect(
      refusal { try GenerativeWidths().plan(.init(recipe: "mine", width: 5, loss: "squared")) }
        == "there is no recipe 'mine' in generative-widths: ours or thesis"
    )
  }
}
