import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on scenes of made-up garments.
@Suite struct DetectionTests: EvidenceRunning {
  typealias Evidence = DetectionCertificate

  /// Squares, rings and crosses in the files of Fashion-MNIST.
  static func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let places = Tensor.range(0..<28, .float32) - 13.5
    let (x, y) = (places.insertingAxis(0), places.insertingAxis(1))
    let round = x.squared + y.squared
    let shapes = Tensor.stacked([
      (x.magnitude.maximum(y.magnitude) .< 11).cast(to: .float32),
      (round .< 150).cast(to: .float32) - (round .< 50).cast(to: .float32),
      (x.magnitude.minimum(y.magnitude) .< 3).cast(to: .float32),
    ])
    for (part, count, seed) in [("train", 120, 1 as UInt64), ("t10k", 40, 2)] {
      let generator = RandomGenerator(seed: seed)
      let labels = Tensor.randomIntegers(0..<3, [count], using: generator)
      let brightness = Tensor.uniform([count, 1, 1], using: generator) * 100 + 150
      let pixels = (shapes[rows: labels] * brightness).cast(to: .uint8)
      for (name, values) in [("images-idx3", pixels), ("labels-idx1", labels.cast(to: .uint8))] {
        try IDX.write(values, to: folder.appendingPathComponent("\(part)-\(name)-ubyte.gz"))
      }
    }
  }

  static let settings =
    "side=32 objects=[1,2] scales=[0.4,0.7] clutter=2 labelled=64 unlabelled=64 validation=16 test=24 "
    + "strides=[4,8] teacher={widths: [8,16,16], pyramid: 16} student={widths: [4,8,8], pyramid: 4} "
    + "seeds=2 batch=8 steps=24 teacherSteps=120 resamples=20"

  /// What is between settings is a space that no bracket holds.
  static var settingList: [String] {
    settings.split(separator: /\ (?=[a-zA-Z]+=)/).map(String.init)
  }

  static func small(_ data: URL, _ more: [String] = []) throws -> JobRecipe {
    try JobRecipe(
      yaml: "experiment: detection\nseed: 3\ndata: \(data.path)\n",
      settings: settingList + more
    )
  }

  @Test func theRunIsItsOwnEvidence() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      var said: [String] = []
      let folder = try run(
        Self.small(data, ["boxesWeights=[0.1, 0.3]"]),
        at: scratch.appendingPathComponent("run"),
        Work(report: { if case .note(let text) = $0 { said.append(text) } })
      )
      let found = try certificate(folder)
      #expect(found.students.map(\.name) == ["labels", DetectionArm.all.name])
      #expect(found.student == DetectionArm.all.name && found.students[0].gain == nil)
      // It learnt something, and half a box is easier to find than a whole one.
      #expect(found.teacher.precisionAtHalf.mean > 0.2)
      #expect(found.teacher.precisionAtHalf.mean > found.teacher.meanPrecision.mean)
      for (own, other) in zip(
        try #require(found.students[1].gain).seedMeans,
        zip(found.students[1].meanPrecision.seedMeans, found.students[0].meanPrecision.seedMeans)
      ) { #expect(own == other.0 - other.1) }
      #expect(found.students[1].parameters * 4 < found.teacher.parameters)
      #expect(found.provenance?.networks.map(\.role).filter { $0 == "control" }.count == 2)
      #expect(found.provenance?.networks.count == 5 && found.provenance?.seeds == [3, 4, 5])
      // Every term is said by itself.
      let terms = ["pointCrossEntropy", "boxRegression", "boxRegressionByGeneralizedIoU"]
      let taught =
        terms + ["pointSoftCrossEntropy", "boundedBoxRegression", "pyramid.0", "pyramid.1"]
      for (student, names) in zip(found.students, [terms, taught]) {
        #expect(student.terms.count == names.count)
        for (term, name) in zip(student.terms, names) {
          #expect(term.term.contains(name) && term.value.isFinite && term.value >= 0)
        }
      }
      #expect(said.contains { $0.hasPrefix("labels, student 2 of 2: 10 * pointCrossEntropy") })
      // Two candidates were tried, and what is one was not.
      #expect(found.choice.tried.count == 2)
      let best = try #require(found.choice.tried.map(\.precision).max())
      let chosen = found.choice.tried.first { $0.precision == best }
      #expect(chosen?.name.contains("boxes \(short(found.choice.weights.boxes)),") == true)

      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      for word in ["teacher", "truth", "student on labels", "data:image/png", found.word.rawValue] {
        #expect(page.contains(word))
      }
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("mAP@[.5:.95]") && table.contains(found.lesson))

      try requireEvidence(folder, ofMoreThan: 40)
    }
  }

  @Test func aStoppedRunGoesOnToTheSameNetworks() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let recipe = try Self.small(data, ["teacherSteps=20", "steps=16"])
      // In the middle of the first student that has a teacher.
      try requireResumed(
        recipe,
        in: scratch,
        stoppedIn: "hints",
        after: 7,
        files: 10,
        ending: [".safetensors", "-terms.json"]
      ) { #expect($0.contains("\(DetectionArm.all.fileName)-1.checkpoint.safetensors")) }
    }
  }

  /// Squares and rings in colours as emoji, photographs of noise, and boxes of trees.
  private static func writePhotographs(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (index, name) in ["train", "test"].enumerated() {
      let generator = RandomGenerator(seed: UInt64(index))
      let pixels = Tensor.uniform([128, 320, 3], using: generator) * 90
      try Data(PNG.bytes(pixels.cast(to: .uint8)))
        .write(to: folder.appendingPathComponent("\(name).png"))
      let lines = (0..<9).map { "\($0 * 34),\($0 * 10),\($0 * 34 + 30),\($0 * 10 + 24)\n" }
      try Data(("left,top,right,bottom\n" + lines.joined()).utf8)
        .write(to: folder.appendingPathComponent("\(name).csv"))
    }
    let pictures = Tensor.uniform([24, 12, 12, 4], using: RandomGenerator(seed: 5)) * 60 + 190
    try NumPy.write(pictures.cast(to: .uint8), to: folder.appendingPathComponent("pictures.npy"))
    let labels = Tensor((0..<24).map { UInt8($0 / 12) })
    try NumPy.write(labels, to: folder.appendingPathComponent("labels.npy"))
    try Data("face\nhand\n".utf8).write(to: folder.appendingPathComponent("classes.txt"))
  }

  @Test(arguments: DetectionScenes.allCases)
  func scenesOfEveryKind(_ kind: DetectionScenes) throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      try Self.writePhotographs(to: scratch)
      let recipe = try Self.small(
        scratch,
        ["scenes=\(kind.rawValue)", "photographs=\(scratch.path)", "steps=6", "teacherSteps=6"]
      )
      let folder = try run(recipe, at: scratch.appendingPathComponent("run"))
      let found = try certificate(folder)
      // Tiles of the other photograph at half its size, or as many scenes as were asked for.
      #expect(found.testScenes == (kind == .aerial ? 10 : 24))
      #expect(found.provenance?.data.count == [.garments: 4, .emoji: 7, .aerial: 4][kind])
      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      #expect(page.contains(kind.rawValue))
      try FileManager.default.removeItem(at: scratch.appendingPathComponent("test.csv"))
      let said = refusal { try recipe.job.dataFiles() }
      #expect((said?.contains("make data-detection") == true) == (kind != .garments))
    }
  }

  /// Garments of one part stand in no scene of another, and labelled scenes come first.
  @Test func scenesOfPartsAreApart() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let recipe = try Self.small(scratch)
      let experiment = try #require(recipe.job as? DetectionExperiment)
      let world = try DetectionWorld(experiment, seed: 3, on: .cpu)
      #expect(world.training.images.shape == [128, 1, 32, 32])
      #expect(world.labelledImages.shape[0] == 64 && world.labelledTruth.count == 64)
      #expect(world.validation.truth.count == 16 && world.test.truth.count == 24)
      let difference = world.training.images[0] - world.test.images[0]
      #expect(difference.magnitude.maximum().doubleValue > 0)
      let other = try DetectionWorld(experiment, seed: 4, on: .cpu)
      #expect(other.test.truth[0] != world.test.truth[0])
    }
  }

  @Test(arguments: [
    ("side=30", "multiples of each"), ("strides=[4,64]", "must be"), ("objects=[3,1]", "fewest"),
    ("objects=[1]", "fewest"), ("scales=[1,0.5]", "smallest"), ("labelled=0", "labelled"),
    ("students=[labels]", "the control"), ("students=[labels, labels]", "each once"),
    ("students=[labels + magic, labels]", "no way to make a student"),
    ("students=[labels + boxes + boxes, labels]", "no way to make a student"),
    ("unlabelled=0", "needs unlabelled scenes"), ("hintsWeights=[]", "at least one"),
    ("boxesWeights=[-1]", "-1.0: must be"), ("seeds=1", "seeds 1"),
    ("certainty=1", "certainty 1.0"),
    ("teacher={widths: [4], pyramid: 4}", "add stages"), ("resamples=3", "resamples 3"),
    ("student={pyramid: 0}", "0: there must be"), ("detector=1", "has no option 'detector'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal { try Self.small(URL(fileURLWithPath: "/nowhere"), [setting]) }
    #expect(said?.contains(says) == true, "\(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test func garmentsThatDoNotFitAreRefused() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let recipe = try Self.small(scratch, ["scales=[0.5, 1.5]"])
      let said = refusal { try run(recipe, at: scratch.appendingPathComponent("run")) }
      #expect(said?.contains("do not fit into scenes of 32×32") == true, "\(said ?? "accepted")")
    }
  }

  /// Each term can be on and off.
  @Test func waysToMakeAStudentAreRead() throws {
    for arm in ["labels", "labels + hints", "labels + found", "labels + classes + boxes"] {
      let read = try JSONDecoder().decode([DetectionArm].self, from: Data("[\"\(arm)\"]".utf8))[0]
      #expect(
        read.name == arm && read.isTaught == (arm.contains("s + ") && !arm.hasSuffix("found"))
      )
      #expect(try JSONEncoder().encode([read]) == Data("[\"\(arm)\"]".utf8))
    }
  }

  @Test(arguments: ["detection", "detection-ablation", "detection-emoji", "detection-aerial"])
  func theStudentOfARecipeIsATenth(_ name: String) throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/\(name).yaml"))
    let experiment = try #require(recipe.job as? DetectionExperiment)
    let layout = try experiment.layout(classes: 10)
    let sizes = try [experiment.teacher, experiment.student].map {
      try Detector(
        layout,
        $0,
        channels: experiment.scenes.channels,
        using: RandomGenerator(seed: 1)
      ).parameterCount
    }
    #expect(sizes[1] * 10 <= sizes[0] && experiment.seeds >= 3)
  }
}
