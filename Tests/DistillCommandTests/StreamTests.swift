import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Data that stay in their files: everything that is made of them is what it is from memory.
@Suite struct StreamTests {
  /// The images of a world as `.npy` files, whole and in three parts, and as a folder of images.
  private struct Files {
    let world: CompressWorld

    init(_ world: CompressWorld) throws {
      self.world = world
      let data = try LabelledSource(DataSource(world.data)).training
      let pixels = (data.inputs * 255 + 0.5).cast(to: .uint8).reshaped(to: [300, 4, 4])
      try NumPy.write(pixels, to: url("x.npy"))
      try NumPy.write(data.labels, to: url("y.npy"))
      try NumPy.write(data.inputs.reshaped(to: [300, 4, 4]), to: url("fractions.npy"))
      for (index, rows) in [0..<100, 100..<101, 101..<300].enumerated() {
        try NumPy.write(pixels[rows], to: url("part-\(index).npy"))
        try NumPy.write(data.labels[rows], to: url("label-\(index).npy"))
      }
      for (index, label) in data.labels.scalars(Int.self).enumerated() {
        let folder = url("photos").appendingPathComponent("\(label)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // One in ten is of another size.
        let whole = pixels[index]
        let image = index % 10 == 3 ? whole.flattened().reshaped(to: [2, 8]) : whole
        try PNG.write(image, to: folder.appendingPathComponent("\(index).png"))
      }
    }

    func url(_ name: String) -> URL { world.folder.appendingPathComponent(name) }
    func path(_ name: String) -> String { url(name).path }

    func options(_ kind: String, streams: Bool) -> CompressOptions {
      var options = world.options(out: "\(kind)-\(streams ? "streamed" : "kept")")
      options.data =
        switch kind {
        case "photos": DataSource(path("photos"))
        case "parts" where streams: DataSource(path("part-*.npy"), labels: path("label-?.npy"))
        case "fractions": DataSource(path("fractions.npy"), labels: path("y.npy"))
        default: DataSource(path("x.npy"), labels: path("y.npy"))
        }
      options.data.streams = streams ? true : nil
      options.trainsControl = true
      return options
    }

    func bytes(_ folder: RunFolder) throws -> [Data] {
      try ["student", "control"].map { try Data(contentsOf: folder.file("\($0).safetensors")) }
    }
  }

  private func withFiles<Result>(_ body: (Files) throws -> Result) throws -> Result {
    try withCompressWorld { try body(Files($0)) }
  }

  /// By fused kernels and by differentiation, with recorded derivatives and with what a recording cannot
  /// say, standardised, by labels too, and changed at random.
  @Test(arguments: [
    ("array", "mlp:16-4-3", "softCrossEntropy + 0.1 * derivativeSquaredError", "none"),
    ("array", "cnn:1x4x4-3c3-3", "0.5 * kullbackLeibler + crossEntropy", "standard"),
    ("parts", "mlp:16-4-3", "squaredErrorOnProbabilities + 0.5 * crossEntropy", "bytes"),
    ("fractions", "mlp:16-4-3", "softCrossEntropy", "standard"),
    (
      "photos", "cnn:1x4x4-3c3-3", "softCrossEntropy + contrastiveRepresentation(negatives: 20)",
      "none"
    ),
    ("augmented", "cnn:1x4x4-3c3-3", "softCrossEntropy", "none"),
  ])
  func studentsAreThoseFromMemoryToTheLastBit(
    _ kind: String,
    _ student: String,
    _ loss: String,
    _ scaling: String
  ) throws {
    try withFiles { files in
      let made = try [false, true].map { streams in
        var options = files.options(kind, streams: streams)
        (options.student, options.loss, options.keep) = (student, loss, .best)
        options.normalize = scaling == "none" ? nil : scaling
        options.augment = kind == "augmented" ? "shift(1) flip" : nil
        return try files.world.run(options)
      }
      #expect(try files.bytes(made[0].folder) == files.bytes(made[1].folder))
      #expect(made[1].said.text.contains("stay in their files"))
      #expect(!made[0].said.text.contains("stay in their files"))
      let plans = try made.map { try CompressionPlan.recorded(in: $0.folder) }
      #expect(plans[1].data.source.streams == true && plans[0].data.source.streams == nil)
      #expect(plans[0].data.scaling == plans[1].data.scaling)
      #expect(plans[0].data.inputRange == plans[1].data.inputRange)
      let tables = try made.map {
        try String(contentsOf: $0.folder.file("table.txt"), encoding: .utf8)
          .split(separator: "\n").filter { !$0.contains("µs") }
      }
      #expect(tables[0] == tables[1])
    }
  }

  @Test func whatIsStoppedGoesOnToTheSameStudent() throws {
    try withFiles { files in
      var options = files.options("parts", streams: true)
      options.student = "cnn:1x4x4-3c3-3"
      options.keep = .best
      let whole = try files.world.run(options).folder
      options.out = files.path("stopped")
      let resumed = try files.world.stoppedAndResumed(options)
      #expect(try files.bytes(whole) == files.bytes(resumed))
      let finished = try FinishedStudent(resumed.url.path)
      let evaluation = try StudentEvaluation(
        of: .network(finished),
        on: nil,
        outcome: nil,
        teacherValues: nil
      )
      #expect(evaluation.examples == 30)
    }
  }

  /// A store is the same, too; both sides may be streamed or not.
  @Test func storesAreThoseFromMemory() throws {
    try withFiles { files in
      let stores = try [false, true].map { streams in
        let data = files.options("array", streams: streams).data
        var options = ObserveOptions(
          teacher: ["\(files.world.teachers)/a.safetensors"],
          data: data,
          out: files.path("store-\(streams)")
        )
        (options.teacherModel, options.chunk) = (CompressWorld.teacherModel, 70)
        options.derivatives = true
        return try options.run()
      }
      #expect(stores[0].sha256 == stores[1].sha256)
      let students = try [false, true].map { streams in
        var options = files.options("array", streams: streams)
        (options.teacher, options.teacherModel) = ([stores[0].folder.path], nil)
        options.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
        return try files.bytes(files.world.run(options).folder)
      }
      #expect(students[0] == students[1])
    }
  }

  @Test func transferSetsAreStreamedToo() throws {
    try withFiles { files in
      let made = try [false, true].map { streams in
        var options = files.options("array", streams: streams)
        options.transfer = files.path("fractions.npy")
        options.trainsControl = false
        // Fractions of 255, and what is theirs.
        options.normalize = "none"
        options.data = files.options("fractions", streams: streams).data
        options.transfer = files.path("x.npy")
        let folder = try files.world.run(options).folder
        return try Data(contentsOf: folder.file("student.safetensors"))
      }
      #expect(made[0] == made[1])
    }
  }

  /// Its certificate stands, and is replayed.
  @Test func certificatesAreOfStreamedDataToo() throws {
    try withFiles { files in
      var options = files.options("array", streams: true)
      options.certifiedSeeds = 2
      let folder = try files.world.run(options).folder
      #expect(try replay(folder.url.path, on: .cpu, .silent).stands)
    }
  }

  /// One sentence each, before anything is made or in the middle of it.
  @Test func filesThatAreDamagedOrChangeAreRefused() throws {
    try withFiles { files in
      func said(_ kind: String) -> String {
        refusal { try files.world.run(files.options(kind, streams: true)) } ?? "taken"
      }
      let photo = files.url("photos/1/100.png")
      let good = try Data(contentsOf: photo)
      try good.prefix(good.count / 2).write(to: photo)
      #expect(said("photos").contains("100.png: the image is damaged"), "\(said("photos"))")
      try good.write(to: photo)

      let array = files.url("part-1.npy")
      let bytes = try Data(contentsOf: array)
      try bytes.dropLast().write(to: array)
      #expect(said("parts").contains("the header promises 16 bytes but 15 follow"))
      try NumPy.write(Tensor.zeros([1, 4, 5], .uint8), to: array)
      #expect(said("parts").contains("it holds uint8 of [4, 5], and"))
      try Data("no array".utf8).write(to: array)
      #expect(said("parts").contains("not a NumPy array"))
      try bytes.write(to: array)
      #expect(!FileManager.default.fileExists(atPath: files.path("parts-streamed")))

      try NumPy.write(Tensor([Float.nan, 1]).reshaped(to: [2, 1]), to: files.url("fractions.npy"))
      try NumPy.write(Tensor([0, 1]), to: files.url("y.npy"))
      #expect(said("fractions").contains("numbers that are not finite"))
      var table = files.options("array", streams: true)
      table.data = DataSource(files.path("none-*.npy"), labels: files.path("y.npy"))
      table.data.streams = true
      #expect(refusal { try files.world.run(table) }?.contains("no such file") == true)
      table.data = DataSource(files.world.data)
      table.data.streams = true
      #expect(refusal { try files.world.run(table) }?.contains("IDX files are read whole") == true)
    }
  }

  /// While it is read.
  @Test func changesOnTheWayAreNoticed() throws {
    try withFiles { files in
      let array = try LabelledSource(files.options("array", streams: true).data).training
      let photos = try LabelledSource(files.options("photos", streams: true).data).training
      #expect(try array.inputs(0..<20).shape == [20, 16])
      #expect(try photos.inputs(0..<20).shape == [20, 16])
      let handle = try FileHandle(forWritingTo: files.url("x.npy"))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data([1]))
      try handle.close()
      #expect(refusal { try array.inputs(100..<120) }?.contains("was changed while") == true)
      try FileManager.default.removeItem(at: files.url("photos/0"))
      #expect(
        refusal { try photos.inputs(0..<20, inPartsOf: 7) }?.contains("not there any more") == true
      )
      let other = files.url("photos/2/2.png")
      try Data(contentsOf: files.url("photos/2/5.png")).write(to: other)
      #expect(refusal { try photos.inputs(200..<300) }?.contains("changed while") == true)
    }
  }

  /// Whatever is asked in whatever order, however many files there are.
  @Test func rowsAreThoseAskedFor() throws {
    try withFiles { files in
      let whole = try LabelledSource(files.options("array", streams: false).data).training
      let parts = try LabelledSource(files.options("parts", streams: true).data).training
      let some = parts[rows: (0..<300).reversed() + [7, 7]]
      #expect(some.count == 302)
      let streamed = try #require(some.streamed)
      let generator = RandomGenerator(seed: 3)
      for round in 0..<30 {
        let places = Tensor.randomIntegers(0..<302, [1 + round % 9], using: generator)
          .scalars(Int.self)
        // What comes next is sometimes another than was said.
        let rows = try streamed.rows(places) { turn in turn < 5 ? [turn, round] : nil }
        let right = whole.inputs[rows: Tensor(places.map { $0 < 300 ? 299 - $0 : 7 })]
        #expect(rows.largestDifference(from: right) == 0)
        if round % 3 == 0 { #expect(try streamed.rows([1, round]) { _ in nil }.shape == [2, 16]) }
      }
    }
  }
}
