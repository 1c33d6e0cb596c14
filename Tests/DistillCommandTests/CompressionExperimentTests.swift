import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct CompressionExperimentTests {
  /// A small experiment on made-up images of two kinds: bright above, or bright below.
  private func withExperiment<Result>(
    _ body: (_ experiment: CompressionExperiment, _ scratch: URL) throws -> Result
  ) throws -> Result {
    try withScratchFolder { scratch in
      let generator = RandomGenerator(seed: 1)
      for (part, count) in [("train", 60), ("t10k", 40)] {
        let labels = Tensor((0..<count).map { $0 % 2 }).cast(to: .uint8)
        let rows = Tensor((0..<28).map { $0 < 14 ? 1.0 : 0 })
        let bright = labels.cast(to: .float64).reshaped(to: [count, 1, 1])
        let shape =
          bright * rows.reshaped(to: [1, 28, 1])
          + (1 - bright) * (1 - rows.reshaped(to: [1, 28, 1]))
        let noise = Tensor.uniform([count, 28, 28], .float64, using: generator) * 155
        let images = (shape * 100 + noise).cast(to: .uint8)
        try IDX.write(images, to: scratch.appendingPathComponent("\(part)-images-idx3-ubyte"))
        try IDX.write(labels, to: scratch.appendingPathComponent("\(part)-labels-idx1-ubyte"))
      }
      var experiment = CompressionExperiment()
      experiment.data = scratch.path
      experiment.images = [20, 60]
      experiment.classes = [0, 1]
      experiment.seeds = 2
      experiment.members = 2
      experiment.memberHidden = [8]
      experiment.studentHidden = [4]
      experiment.memberPasses = [3, 2]
      experiment.studentPasses = [3, 2]
      experiment.losses = [.labels, .soft, .both, .softAndNoise]
      return try body(experiment, scratch)
    }
  }

  private func run(
    _ folder: RunFolder,
    _ interruption: Interruption = Interruption()
  ) -> Run {
    let silent = Output(isTerminal: false, columns: { 80 }, write: { _ in })
    return Run(
      folder: folder,
      seed: 3,
      device: .cpu,
      work: Console(.quiet, results: silent, remarks: silent).work(interruption)
    )
  }

  @Test func everyNumberOfImagesHasItsTable() throws {
    try withExperiment { experiment, scratch in
      let folder = try RunFolder.create(
        for: "run",
        at: scratch.appendingPathComponent("run").path,
        recipe: ""
      )
      try experiment.perform(run(folder))
      let lines = try String(contentsOf: folder.file("results.jsonl"), encoding: .utf8)
        .split(separator: "\n")
      #expect(lines.count == 2)
      let scores = try JSONDecoder().decode(CompressionScores.self, from: Data(lines[1].utf8))
      #expect(scores.images == 60)
      #expect(
        scores.students.map(\.name) == [
          "labels", "soft", "soft + 0.1 derivatives", "soft + 0.32 noise",
        ]
      )
      // The control is compared with nothing but soft targets, soft targets with nothing but it.
      #expect(scores.students[0].logProbabilityGain == nil)
      #expect(scores.students[1].divergenceChange == nil)
      for other in scores.students.dropFirst(2) {
        let change = other.divergence!.mean - scores.students[1].divergence!.mean
        #expect(abs(other.divergenceChange!.mean - change) < 1e-12 && change != 0)
      }
      #expect(scores.students.allSatisfy { $0.secondsPerStep != nil })
      #expect(folder.contains(RunFolder.report))
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("20 images; student on …") && table.contains("ensemble of 2"))
    }
  }

  @Test func aStoppedRunGoesOnToTheSameStudents() throws {
    try withExperiment { experiment, scratch in
      func students(_ folder: RunFolder) throws -> [Data] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
          .filter { $0.hasSuffix(".safetensors") }
          .map { try Data(contentsOf: folder.file($0)) }
      }
      let whole = try RunFolder.create(
        for: "run",
        at: scratch.appendingPathComponent("a").path,
        recipe: ""
      )
      try experiment.perform(run(whole))
      let parts = try RunFolder.create(
        for: "run",
        at: scratch.appendingPathComponent("b").path,
        recipe: ""
      )
      let interruption = Interruption(write: { _ in }, quit: {})
      interruption.arrive()
      #expect(throws: Stopped.self) { try experiment.perform(run(parts, interruption)) }
      // Some networks are there already.
      for name in ["20-member-1", "20-soft-2", "20-soft-0.32-noise-1", "60-labels-1"] {
        try FileManager.default.copyItem(
          at: whole.file("\(name).safetensors"),
          to: parts.file("\(name).safetensors")
        )
      }
      try experiment.perform(run(parts))
      #expect(try students(parts) == students(whole))
    }
  }

  @Test func generatedInputsAreGrey() throws {
    try withExperiment { experiment, scratch in
      var experiment = experiment
      experiment.inputs = [.images, .generated, .noise]
      let folder = try RunFolder.create(
        for: "run",
        at: scratch.appendingPathComponent("run").path,
        recipe: ""
      )
      let images = try LabelledImages.fashionMNIST(in: scratch)
      let regime = CompressionRegime(
        experiment,
        0,
        Examples(images.images, labels: images.labels)[0..<20],
        run(folder)
      )
      #expect(regime.arms.count == 4 + 3 + 3)
      let grey = try regime.greyImages()
      #expect(grey.shape == [20, 784])
      #expect(grey.minimum().doubleValue >= 0 && grey.maximum().doubleValue <= 1)
      let inside = (grey .> 0.01) .& (grey .< 0.99)
      #expect(inside.containsTrue)
    }
  }

  /// σ² stands where the weight of derivatives does, unless the recipe says other scales.
  @Test func noiseIsAsStrongAsDerivatives() {
    var experiment = CompressionExperiment()
    experiment.losses = [.softAndNoise]
    func arms(_ images: Int) -> [CompressionArm] {
      CompressionArm.all(experiment, images: images)
    }
    for images in [600, 2_000, 6_000, 60_000] {
      let (arm, weight) = (arms(images)[0], experiment.derivativeWeight(images: images))
      // Two digits.
      #expect(arms(images).count == 1 && abs(arm.noise * arm.noise / weight - 1) < 0.05)
      #expect(!arm.loss.hasDerivatives && arm.minimized.description == "softCrossEntropy")
    }
    experiment.noiseScales = [0.05, 0.2]
    experiment.projections = [0, 1]
    #expect(arms(600).map(\.name) == ["soft + 0.05 noise", "soft + 0.2 noise"])
    #expect(Set(arms(600).map(\.fileName)).count == 2)
  }

  @Test func optionsThatDoNotFitAreRefused() {
    var experiment = CompressionExperiment()
    experiment.studentPasses = [1]
    #expect(
      refusal { try experiment.check() }
        == "studentPasses needs a positive number for each of the 4 numbers of images"
    )
    experiment = CompressionExperiment()
    experiment.classes = [3]
    #expect(refusal { try experiment.check() }?.hasPrefix("classes: name at least two") == true)
    experiment = CompressionExperiment()
    experiment.memberBatch = 0
    #expect(refusal { try experiment.check() }?.hasSuffix("studentHidden must be positive") == true)
    experiment = CompressionExperiment()
    experiment.budgets = [.infinity]
    #expect(refusal { try experiment.check() }?.hasPrefix("budgets inf: must be above 0") == true)
    experiment = CompressionExperiment()
    experiment.noiseScales = [0.1, 0]
    #expect(
      refusal { try experiment.check() }?.hasPrefix("noiseScales 0.0: must be above 0") == true
    )
    experiment = CompressionExperiment()
    experiment.inputs = []
    #expect(refusal { try experiment.check() }?.hasSuffix("need at least one each") == true)
  }
}
