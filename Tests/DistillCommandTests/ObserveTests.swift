import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Stores of distill observe, and students of them.
@Suite struct ObserveTests {
  static func options(_ world: CompressWorld, out: String = "store") -> ObserveOptions {
    var options = ObserveOptions(
      teacher: [world.teachers],
      data: DataSource(world.data),
      out: world.folder.appendingPathComponent(out).path
    )
    options.teacherModel = CompressWorld.teacherModel
    options.chunk = 100
    return options
  }

  private func student(_ folder: RunFolder) throws -> Data {
    try Data(contentsOf: folder.file("student.safetensors"))
  }

  private func weights(_ folder: RunFolder) throws -> [String: Tensor] {
    try Safetensors.read(from: folder.file("student.safetensors")).tensors
  }

  static func chunks(_ store: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: store).filter { $0.hasPrefix("chunk-") }
      .sorted().map { URL(fileURLWithPath: store).appendingPathComponent($0) }
  }

  /// Of an ensemble, of one network and of one that no fused kernel evaluates; by values and by derivatives,
  /// and by logits nearly.
  @Test(arguments: [
    (["a", "b"], "softCrossEntropy"),
    (["a", "b"], "softCrossEntropy + 0.1 * derivativeSquaredError"),
    (["a"], "kullbackLeibler(temperature: 4)"), (["a"], "squaredErrorOnLogits"),
    (["a"], "softCrossEntropy + 0.1 * projectedDerivativeSquaredError(projections: 1)"),
    (["cnn"], "softCrossEntropy + 0.1 * derivativeSquaredError"), (["cnn"], "squaredErrorOnLogits"),
  ])
  func theStudentIsThatOfTheTeacher(_ members: [String], _ loss: String) throws {
    try withCompressWorld { world in
      var live = world.options(out: "live")
      live.teacher = members.map { "\(world.teachers)/\($0).safetensors" }
      if members == ["cnn"] {
        live.teacherModel = "cnn:1x4x4-3c3-3"
        let network = try ModelSpecification("cnn:1x4x4-3c3-3").module(
          using: RandomGenerator(seed: 5)
        )
        try network.save(to: URL(fileURLWithPath: live.teacher[0]))
      }
      live.loss = loss
      var observed = Self.options(world)
      (observed.teacher, observed.teacherModel) = (live.teacher, live.teacherModel)
      observed.derivatives = loss.contains("erivative")
      let store = try observed.run()
      #expect(store.isComplete && store.count == 420)
      let whole = try world.run(live).folder
      var stored = live
      (stored.teacher, stored.teacherModel) = ([observed.out], nil)
      stored.out = world.folder.appendingPathComponent("stored").path
      let (folder, said) = try world.run(stored)
      if loss == "squaredErrorOnLogits" {
        // A network's own logits are products of libtorch, whose last bits depend on some processors on how
        // many examples are multiplied at once.
        let (own, other) = (try weights(folder), try weights(whole))
        #expect(own.keys.sorted() == other.keys.sorted())
        for (name, tensor) in own { #expect(tensor.largestDifference(from: other[name]!) < 1e-5) }
      } else {
        #expect(try student(folder) == student(whole))
      }
      #expect(said.text.contains("what was observed of"))
      // Its validation and test examples are looked up, too.
      #expect(
        try String(contentsOf: folder.file("table.txt"), encoding: .utf8).contains(
          "KL from teacher"
        )
      )
    }
  }

  @Test func studentsComeOutOfEveryForm() throws {
    try withCompressWorld { world in
      for form in ["bfloat16", "int8", "top-k:1"] {
        var observed = Self.options(world, out: form)
        (observed.form, observed.derivatives) = (try #require(ObservationForm(form)), true)
        let store = try observed.run()
        let error = try #require(store.rounding["values"])
        #expect(error.examples == 420 && (error.meanDivergence ?? 1) < 0.1, "\(form): \(error)")
        #expect((error.meanDivergence ?? 0) > 0)
        #expect((store.rounding["derivatives"]?.relative ?? 1) < 0.01)
        var stored = world.options(out: "of-\(form)")
        (stored.teacher, stored.teacherModel) = ([observed.out], nil)
        stored.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
        _ = try world.run(stored)
      }
      var logits = world.options(out: "logits")
      (logits.teacher, logits.teacherModel) = ([Self.options(world, out: "top-k:1").out], nil)
      logits.loss = "squaredErrorOnLogits"
      #expect(refusal { try world.run(logits) }?.contains("keeps the most probable ones") == true)
    }
  }

  /// Taps of one network; of an ensemble what each member says.
  @Test func lossesOnFeaturesHaveThem() throws {
    try withCompressWorld { world in
      var observed = Self.options(world)
      observed.teacher = ["\(world.teachers)/a.safetensors"]
      observed.features = ["1"]
      try observed.run()
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([observed.out], nil)
      stored.loss = "softCrossEntropy + 0.1 * hints(of: 1)"
      var live = stored
      (live.teacher, live.teacherModel) = (observed.teacher, observed.teacherModel)
      live.out = world.folder.appendingPathComponent("live").path
      let networks = try [live, stored].map { options in
        try NamedWeights(contentsOf: world.run(options).folder.file("student.safetensors")).entries
      }
      for (first, second) in zip(networks[0], networks[1]) {
        #expect(first.tensor.largestDifference(from: second.tensor) < 1e-5)
      }
      stored.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
      stored.out = world.folder.appendingPathComponent("none").path
      #expect(refusal { try world.run(stored) }?.contains("--derivatives") == true)
      observed.features = ["9"]
      observed.out += "-9"
      #expect(refusal { try observed.run() }?.contains("has no layer '9'") == true)
    }
  }

  @Test func shardsMakeOneStore() throws {
    try withCompressWorld { world in
      let whole = try Self.options(world, out: "whole").run()
      for number in 1...3 {
        var part = Self.options(world, out: "part-\(number)")
        part.shard = try #require(Shard("\(number)/3"))
        let store = try part.run()
        #expect(!store.isComplete && store.key == whole.key)
      }
      let parts = (1...3).map { Self.options(world, out: "part-\($0)").out }
      var stored = world.options(out: "incomplete")
      (stored.teacher, stored.teacherModel) = ([parts[0]], nil)
      #expect(refusal { try world.run(stored) }?.contains("of 420 examples: go on with") == true)
      let merged = Self.options(world, out: "merged").out
      try runMerge(parts, into: merged, .silent)
      #expect(try ObservationStore(at: URL(fileURLWithPath: merged)).sha256 == whole.sha256)
      // By hand.
      for part in parts.dropFirst() {
        for file in try Self.chunks(part) {
          let target = URL(fileURLWithPath: parts[0]).appendingPathComponent(file.lastPathComponent)
          try FileManager.default.copyItem(at: file, to: target)
        }
      }
      #expect(try ObservationStore(at: URL(fileURLWithPath: parts[0])).sha256 == whole.sha256)
      var other = Self.options(world, out: "other")
      other.teacher = ["\(world.teachers)/a.safetensors"]
      try other.run()
      let text = refusal { try runMerge([merged, other.out], into: merged + "-2", .silent) }
      #expect(text?.contains("no part of the same store") == true)
      #expect(text?.contains("it is of another teacher") == true)
    }
  }

  /// Every share once, and none twice.
  @Test func sharesCoverEverything() {
    for (count, total) in [(1, 5), (3, 5), (7, 5), (4, 1_000_003), (1_000_000, 3)] {
      let few = [1, 2, 3, count / 2, count - 1, count].filter { (1...count).contains($0) }
      for number in few {
        let share = Shard("\(number)/\(count)")!.share(of: total)
        let next = Shard("\(number + 1)/\(count)")?.share(of: total)
        #expect(next.map { $0.lowerBound == share.upperBound } ?? (share.upperBound == total))
        #expect(abs(share.count - total / count) <= 1)
      }
    }
    for text in ["0/3", "4/3", "1", "1/0", "a/3", "1/3/5", "-1/3"] { #expect(Shard(text) == nil) }
  }

  @Test func workThatIsStoppedIsGoneOnWith() throws {
    try withCompressWorld { world in
      let whole = try Self.options(world, out: "whole").run()
      var stopped = Self.options(world, out: "stopped")
      var seen = 0
      let work = Work(report: { if case .reached = $0 { seen += 1 } }, isCancelled: { seen >= 2 })
      let reason = #expect(throws: Stopped.self) { try stopped.run(on: .cpu, work) }
      #expect(reason?.description.contains("200 of 420 examples") == true, "\(reason as Any)")
      #expect(try Self.chunks(stopped.out).count == 2)
      // As a kill leaves it.
      try Data("half".utf8).write(
        to: URL(fileURLWithPath: stopped.out).appendingPathComponent(".part-0000002")
      )
      stopped.resumes = true
      #expect(try stopped.run().sha256 == whole.sha256)
      stopped.out += "-not"
      #expect(refusal { try stopped.run() }?.contains("no store in") == true)
    }
  }

  @Test func damageIsNoticedAndMended() throws {
    try withCompressWorld { world in
      let options = Self.options(world)
      let whole = try options.run()
      let file = try Self.chunks(options.out)[1]
      let good = try Data(contentsOf: file)
      var changed = good
      changed[good.count - 3] ^= 1
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([options.out], nil)
      for bytes in [changed, good.dropLast(5), Data()] {
        try bytes.write(to: file)
        #expect(refusal { try world.run(stored) }?.contains("is damaged") == true)
        let said = Transcript()
        let work = Work { if case .warning(let text) = $0 { said.append(text) } }
        #expect(try options.run(on: .cpu, work).sha256 == whole.sha256)
        #expect(said.text.contains("is damaged"))
      }
      try FileManager.default.removeItem(at: file)
      #expect(refusal { try world.run(stored) }?.contains("holds 320 of 420 examples") == true)
      // What a file says must fit its name and its store, even where its hash does.
      let place = options.out + "/store.json"
      let text = try String(contentsOfFile: place, encoding: .utf8)
      for (old, new) in [
        ("\"chunk\" : 100", "\"chunk\" : 0"), ("\"count\" : 420", "\"count\" : -1"),
        ("\"float32\"", "\"top-k:3\""), ("\"float32\"", "\"float31\""), ("16", "0"),
        ("\"values\"", "\"value\""), ("\"version\" : 1", "\"version\" : 2"), ("{", "["),
        ("\"deviation\" : [", "\"deviation\" : [0"), ("420", "42000000000000000000"),
        ("\"chunk\" : 100", "\"chunk\" : 50"),
      ] {
        #expect(text.contains(old), "\(old)")
        try text.replacing(old, with: new).write(toFile: place, atomically: true, encoding: .utf8)
        #expect(refusal { try world.run(stored) } != nil, "\(new)")
      }
    }
  }

  @Test func otherDataAndStrangeFoldersAreRefused() throws {
    try withCompressWorld { world in
      let options = Self.options(world)
      try options.run()
      let other = world.folder.appendingPathComponent("other").path
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
      try CompressWorld.write("train", 300, seed: 3, to: other)
      try CompressWorld.write("t10k", 120, seed: 2, to: other)
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([options.out], nil)
      stored.data = DataSource(other)
      let text = refusal { try world.run(stored) }
      #expect(text?.contains("was observed on 420 inputs of 1x4x4 (hash ") == true, "\(text ?? "")")
      #expect(!FileManager.default.fileExists(atPath: stored.out!))
      var second = options
      second.data = DataSource(other)
      #expect(refusal { try second.run() }?.contains("it is of other inputs") == true)
      second = options
      second.form = .int8
      #expect(refusal { try second.run() }?.contains("it keeps float32, not int8") == true)
      second.out = world.data
      #expect(refusal { try second.run() }?.contains("holds no store of observations") == true)
      second.form = .mostProbable(3)
      second.out = world.folder.appendingPathComponent("new").path
      #expect(refusal { try second.run() }?.contains("fewer classes than there are") == true)
      second.form = .float32
      second.normalize = "standard"
      #expect(refusal { try second.run() }?.contains("give means and deviations") == true)
      stored.data = DataSource(world.data)
      stored.areReals = true
      stored.data.targets = TargetKind.none
      #expect(refusal { try world.run(stored) }?.contains("leave out --task") == true)
    }
  }

  /// Chunks whose hashes fit, and whose numbers no teacher said.
  @Test(arguments: ["classes -1", "classes 3", "values 5", "values nan"])
  func numbersThatNobodySaidAreRefused(_ change: String) throws {
    try withCompressWorld { world in
      let words = change.split(separator: " ").map(String.init)
      var options = Self.options(world)
      if words[0] == "classes" { options.form = .mostProbable(2) }
      try options.run()
      for chunk in try Self.chunks(options.out) {
        let content = try Safetensors.read(from: chunk)
        var tensors = content.tensors
        let name = words[0] == "classes" ? "values.classes" : "values"
        let old = try #require(tensors[name])
        tensors[name] = (Tensor.ones(old.shape) * Double(words[1])!).cast(to: old.elementType)
        try FileManager.default.removeItem(at: chunk)
        let place = chunk.deletingLastPathComponent().appendingPathComponent("new.safetensors")
        try Safetensors.write(tensors, metadata: content.metadata, to: place)
        let prefix = chunk.lastPathComponent.split(separator: "-").prefix(2).joined(separator: "-")
        let named = try "\(prefix)-\(SHA256.hash(of: place)).safetensors"
        let final = chunk.deletingLastPathComponent().appendingPathComponent(named)
        try FileManager.default.moveItem(at: place, to: final)
      }
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([options.out], nil)
      let said = refusal { try world.run(stored) }
      #expect(said?.contains("cannot be what a teacher said") == true, "\(said ?? "taken")")
    }
  }

  /// The student may see inputs scaled otherwise than the teacher did.
  @Test func scalingOfTheStudentIsItsOwn() throws {
    try withCompressWorld { world in
      let options = Self.options(world)
      try options.run()
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([options.out], nil)
      (stored.normalize, stored.learningRate) = ("0.5,0.25", 0.02)
      let (folder, said) = try world.run(stored)
      #expect(said.text.contains("then (x − 0.5) / 0.25"))
      let agreement = try String(contentsOf: folder.file("table.txt"), encoding: .utf8).firstMatch(
        of: /agreement +([0-9.]+)/
      )
      #expect(try Double(#require(agreement).output.1)! > 0.6)
    }
  }

  /// A run that goes on, its certificate and its replay look the teacher up again.
  @Test func runsGoOnAndAreCertified() throws {
    try withCompressWorld { world in
      let options = Self.options(world)
      try options.run()
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([options.out], nil)
      stored.trainsControl = true
      let right = try student(world.run(stored).folder)
      stored.out = world.folder.appendingPathComponent("stopped").path
      #expect(throws: Stopped.self) {
        try world.run(stored, stoppingAt: "\"done\":20,\"event\":\"progress\"")
      }
      var resumed = CompressOptions()
      resumed.resume = .folder(stored.out!)
      let (folder, _) = try world.run(resumed)
      #expect(try student(folder) == right)
      let tests = CertifyTests()
      try tests.certify(folder)
      #expect(try tests.replay(stored.out!).stands)
      // Another store of the same data is not what the run was started with.
      try FileManager.default.removeItem(atPath: options.out)
      var other = options
      other.chunk = 50
      try other.run()
      #expect(
        refusal { try tests.certify(folder) }?.contains("not what the run was started") == true
      )
    }
  }

  /// The second output of a program has its own softmax.
  @Test func oneOfSeveralOutputsTeaches() throws {
    try withScratchFolder { folder in
      let fixtures = DocumentationTests.checkout.appendingPathComponent("Tests/ModelFilesTests")
      let model = fixtures.appendingPathComponent("Fixtures/two-outputs.pt2")
      let inputs = Tensor.normal([120, 3], using: RandomGenerator(seed: 3))
      let network = try ModelNetwork(contentsOf: model, output: 1)
      let right = withoutGradient { network(inputs) }
      let file = folder.appendingPathComponent("data.npz")
      let labels = right.indexOfMaximum(along: 1)
      try NumPy.writeArchive(["images": inputs, "labels": labels], to: file)
      var observed = ObserveOptions(
        teacher: [model.path],
        data: DataSource(file.path),
        out: folder.appendingPathComponent("store").path
      )
      observed.output = network.graph.outputs[1].name
      let store = try observed.run()
      let found = try StoredRows(store).numbers(store.description.arrays[0], Array(0..<120))
      #expect(found.exponential.largestDifference(from: right) < 1e-6)
      var options = CompressOptions(
        teacher: [model.path],
        data: DataSource(file.path),
        student: "mlp:3-8-4"
      )
      (options.output, options.keep) = (observed.output, .last)
      options.budget = Budget(30, .steps)
      options.loss = "softCrossEntropy"
      options.out = folder.appendingPathComponent("live").path
      let (live, said) = try CompressWorld.performed(options)
      #expect(said.text.contains("which gives probabilities"))
      #expect(try CompressionPlan.recorded(in: live).teacher.output == observed.output)
      (options.teacher, options.output) = ([observed.out], nil)
      options.out = folder.appendingPathComponent("stored").path
      let stored = try CompressWorld.performed(options).folder
      #expect(try student(stored) == student(live))
      options.teacher = [model.path]
      options.out = folder.appendingPathComponent("other").path
      options.output = "nothing"
      let text = refusal { try CompressWorld.performed(options) }
      #expect(text?.contains("has no output 'nothing': it has ") == true)
      options.teacher = [observed.out]
      #expect(refusal { try CompressWorld.performed(options) }?.contains("gives one thing") == true)
    }
  }

  @Test func realNumbersAreObservedToo() throws {
    try withCompressWorld { world in
      var observed = Self.options(world)
      observed.teacher = ["\(world.teachers)/a.safetensors"]
      observed.areReals = true
      observed.data.targets = TargetKind.none
      let store = try observed.run()
      #expect(store.description.arrays.map(\.meaning) == [.reals])
      var live = world.options(out: "live")
      (live.teacher, live.areReals) = (observed.teacher, true)
      live.data.targets = TargetKind.none
      let right = try student(world.run(live).folder)
      live.out = world.folder.appendingPathComponent("stored").path
      (live.teacher, live.teacherModel) = ([observed.out], nil)
      #expect(try student(world.run(live).folder) == right)
    }
  }
}
