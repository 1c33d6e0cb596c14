import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The same of students that take files of their own: recordings and images.
extension FieldUseTests {
  @Test func recordingsAreWords() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try AcousticTests.write(to: data)
      let recipe = try AcousticTests.small(data, ["teacherSteps=2", "sourceSteps=8", "steps=4"])
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? AcousticExperiment)
      let world = try AcousticWorld(experiment, seed: 3, ownRun(folder))
      let chosen = try #require(OfferedStudents(folder.url.path, among: experiments)?.chosen.file)
      let network = try weights(world.network(experiment.student, seed: 1), folder, chosen)
      func votes(_ inputs: Tensor) -> Tensor {
        let sums = network.logits(of: inputs).softmax(along: 2).sum(along: 1)
          .slicing(1..<5, along: 1)
        return sums / sums.sum(along: 1, keepingAxes: true)
      }
      let said = try predicted([folder.url.path, "--classes"], in: scratch)
      #expect(said.columns == ["P(0)", "P(1)", "P(2)", "P(3)"])
      require(said.rows, votes(world.test.inputs))
      let recognition = try Recognition(
        of: network.logits(of: world.test.inputs),
        world.test.labels
      )
      #expect(said.labels == recognition.words.map(String.init))
      let found = try evaluated([folder.url.path], in: scratch)
      #expect(abs(try #require(found["accuracy"]).value - recognition.wordAccuracy) < 1e-12)

      // Recordings as they are in files, one of them and a folder of folders.
      let listener = try AcousticListener(experiment, .cpu)
      let speakers = ["prompts/aa-one", "synthetic/aa-f1"]
      let place = scratch.appendingPathComponent("mine")
      for speaker in speakers {
        let to = place.appendingPathComponent(speaker.replacing("/", with: "-"))
        try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
        for word in 0..<4 {
          try FileManager.default.copyItem(
            at: data.appendingPathComponent("\(speaker)/\(word).wav"),
            to: to.appendingPathComponent("\(word).WAV")
          )
        }
      }
      let files = speakers.flatMap { speaker in
        (0..<4).map { data.appendingPathComponent("\(speaker)/\($0).wav") }
      }
      let heard = try files.map {
        try listener.sound(WAV.read(from: $0), of: $0, changed: false, seed: 0).clean
      }
      let expected = votes((.stacked(heard) - world.scale.mean) / world.scale.deviation)
      require(
        try predicted([folder.url.path, "--data", place.path], in: scratch).rows,
        expected
      )
      require(
        try predicted([folder.url.path, "--data", files[1].path], in: scratch).rows,
        expected[1..<2]
      )
      try requireAccuracy(
        evaluated([folder.url.path, "--data", place.path], in: scratch),
        expected.rowsOfScalars,
        [0, 1, 2, 3, 0, 1, 2, 3]
      )
      let table = try NamedPredictions(
        UsableStudent(folder.url.path, among: experiments),
        place.path,
        PredictionRequest()
      )
      #expect(table.csv.contains("\nprompts-aa-one/0.WAV,"))

      let strange = place.appendingPathComponent("hello.wav")
      try FileManager.default.copyItem(at: files[0], to: strange)
      #expect(
        refusal { try evaluated([folder.url.path, "--data", place.path], in: scratch) }?
          .contains("call the file or its folder by one of 0, 1, 2, 3") == true
      )
      let empty = scratch.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
      #expect(
        refusal { try predicted([folder.url.path, "--data", empty.path], in: scratch) }?
          .contains("is a folder without .wav") == true
      )
      try Data("no sound".utf8).write(to: strange)
      #expect(
        refusal { try predicted([folder.url.path, "--data", strange.path], in: scratch) }?
          .contains("hello.wav") == true
      )
    }
  }

  @Test func imagesHaveBoxes() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try DetectionTests.write(to: data)
      let recipe = try DetectionTests.small(data, ["teacherSteps=2", "steps=24"])
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? DetectionExperiment)
      let world = try DetectionWorld(experiment, seed: 3, on: .cpu)
      let name = "labels-found-classes-boxes-hints-1"
      let detector = try weights(world.student(seed: 1), folder, name)
      // Images of twice the width and three times the height: boxes are in their pixels.
      let place = scratch.appendingPathComponent("images")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let images = (world.test.images[0..<6] * 255).rounded.cast(to: .uint8)
      for index in 0..<6 {
        let rows = (0..<32).flatMap { [Int](repeating: $0, count: 3) }
        let columns = (0..<32).flatMap { [Int](repeating: $0, count: 2) }
        let image = images[index][0][rows: Tensor(rows)].transposed()[rows: Tensor(columns)]
          .transposed()
        try Data(PNG.bytes(image.contiguous))
          .write(to: place.appendingPathComponent("image-\(index).png"))
      }
      let exact = scratch.appendingPathComponent("images.npy")
      try NumPy.write(images, to: exact)
      let found = detector.detections(in: images.cast(to: .float32) / 255)
      #expect(found.contains { !$0.isEmpty })
      let rows = found.enumerated().flatMap { image, all in
        all.map { one in
          [Double(image + 1), one.box.left, one.box.top, one.box.right, one.box.bottom, one.score]
        }
      }
      let said = try predicted([folder.url.path, "--data", exact.path], in: scratch)
      #expect(said.columns == ["image", "left", "top", "right", "bottom", "probability"])
      #expect(said.labels == found.joined().map { world.classes[$0.label] })
      require(said.rows, Tensor(rows.flatMap { $0 }, shape: [rows.count, 6]), within: 1e-3)

      let out = scratch.appendingPathComponent("boxes.csv")
      try PredictCommand.parse(
        [folder.url.path, "--data", place.path, "--out", out.path, "--quiet"]
      ).run()
      let larger = try CSV.read(
        from: out,
        labels: "label",
        options: CSV.Options(ignoring: ["file"])
      ).values.rowsOfScalars
      #expect(larger.allSatisfy { $0[3] <= 64 && $0[4] <= 96 })
      #expect(larger.contains { $0[3] > 32 } && larger.contains { $0[4] > 64 })
      // Boxes that are found are found where they are the truth, but for those without an area.
      let labels = ["--labels", out.path]
      let perfect = try evaluated(
        [folder.url.path, "--data", place.path] + labels,
        in: scratch
      )
      #expect(try #require(perfect["mAP@[.5:.95]"]).value > 0.9)
      // The run's own scenes, as its report has them.
      let own = try evaluated([folder.url.path], in: scratch)
      let precision = AveragePrecision(
        of: detector.detections(in: world.test.images),
        against: world.test.truth
      )
      #expect(abs(try #require(own["mAP@[.5:.95]"]).value - #require(precision.mean)) < 1e-12)
      #expect(own["mAP@.5"]?.standardError != nil)

      #expect(
        refusal { try evaluated([folder.url.path, "--data", place.path], in: scratch) }?
          .contains("name their table") == true
      )
      let elsewhere = try write(
        "file,left,top,right,bottom,label\nother.png,1,1,9,9,\(world.classes[0])\n",
        "elsewhere.csv",
        in: scratch
      )
      #expect(
        refusal {
          try evaluated(
            [folder.url.path, "--data", place.path, "--labels", elsewhere],
            in: scratch
          )
        }?.contains("box 1 of") == true
      )
    }
  }
}
