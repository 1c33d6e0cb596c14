import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What teachers say, kept on disk for other runs.
@Suite struct ObservationStoreTests {
  private func files(_ folder: URL, _ ending: String) throws -> [URL] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    return names.filter { $0.hasSuffix("." + ending) }.map { folder.appendingPathComponent($0) }
  }

  private func student(_ folder: RunFolder) throws -> Data {
    try Data(contentsOf: folder.file("student.safetensors"))
  }

  @Test(arguments: ["softCrossEntropy", "softCrossEntropy + 0.1 * derivativeSquaredError"])
  func theStudentIsTheSameToTheLastBit(loss: String) throws {
    try withCompressWorld { world in
      var options = world.options(out: "without")
      options.loss = loss
      let right = try student(world.run(options).folder)
      let store = world.folder.appendingPathComponent("observed")
      options.observed = store.path
      options.out = world.folder.appendingPathComponent("first").path
      let first = try world.run(options)
      #expect(try student(first.folder) == right)
      #expect(first.said.text.contains("is kept in"))
      #expect(first.said.text.contains("teacher observed"))
      options.out = world.folder.appendingPathComponent("second").path
      options.student = "mlp:16-4-3"
      let second = try world.run(options)
      #expect(try student(second.folder) == right)
      #expect(second.said.text.contains("it is not observed again"))
      #expect(!second.said.text.contains("teacher observed"))
      #expect(try files(store, "safetensors").count == 1)
    }
  }

  @Test func anotherTeacherOrOtherExamplesAreObservedAnew() throws {
    try withCompressWorld { world in
      let store = world.folder.appendingPathComponent("observed")
      var options = world.options(out: "a")
      options.loss = "softCrossEntropy"
      options.observed = store.path
      try world.run(options)
      let changes: [(String, (inout CompressOptions) -> Void)] = [
        ("teacher", { $0.teacher = [world.teachers + "/a.safetensors"] }),
        ("examples", { $0.limit = 100 }),
        ("scaling", { $0.normalize = "0.5,0.25" }),
        ("derivatives", { $0.loss = "softCrossEntropy + 0.1 * derivativeSquaredError" }),
      ]
      for (index, (name, change)) in changes.enumerated() {
        var other = options
        change(&other)
        other.out = world.folder.appendingPathComponent(name).path
        #expect(try world.run(other).said.text.contains("is kept in"), "\(name)")
        #expect(try files(store, "safetensors").count == index + 2, "\(name)")
      }
    }
  }

  /// How many examples there are, a file may say anything of.
  @Test func examplesThatAreNotThereTakeNoMemory() throws {
    try withCompressWorld { world in
      let store = world.folder.appendingPathComponent("observed")
      var options = world.options(out: "a")
      options.loss = "softCrossEntropy"
      options.observed = store.path
      try world.run(options)
      for chunk in try files(store, "safetensors") {
        try FileManager.default.removeItem(at: chunk)
      }
      let file = try #require(files(store, "json").first)
      let text = try String(contentsOf: file, encoding: .utf8)
      let forged = text.replacing(/"count" : [0-9]+/, with: "\"count\" : 1099511627776")
        .replacing(/"chunk" : [0-9]+/, with: "\"chunk\" : 1")
      try Data(forged.utf8).write(to: file)
      let found = try ObservationStore(at: file.deletingLastPathComponent())
      #expect(found.summary.hasPrefix("0 of 1,099,511,627,776 examples") && !found.isComplete)
    }
  }

  /// Others may write into the folder, too.
  @Test func recordingsAreNotWrittenThroughLinks() throws {
    try withCompressWorld { world in
      let store = world.folder.appendingPathComponent("observed")
      let outside = world.folder.appendingPathComponent("outside")
      try Data("mine".utf8).write(to: outside)
      var options = world.options(out: "a")
      options.loss = "softCrossEntropy"
      options.observed = store.path
      try world.run(options)
      for ending in ["safetensors", "json"] {
        let file = try #require(files(store, ending).first)
        let whole = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: file)
        #expect(symlink(outside.path, file.path) == 0)
        options.out = world.folder.appendingPathComponent(ending).path
        let sentence = refusal { try world.run(options) }
        #expect(sentence?.contains("\(file.lastPathComponent)' is a symbolic link") == true)
        #expect(try Data(contentsOf: outside) == Data("mine".utf8))
        try FileManager.default.removeItem(at: file)
        try whole.write(to: file)
      }
    }
  }

  @Test func damagedRecordingsAreMadeAgain() throws {
    try withCompressWorld { world in
      let store = world.folder.appendingPathComponent("observed")
      var options = world.options(out: "a")
      options.loss = "softCrossEntropy"
      options.observed = store.path
      let right = try student(world.run(options).folder)
      let file = try #require(files(store, "safetensors").first)
      let whole = try Data(contentsOf: file)
      var changed = whole
      changed[changed.count - 3] ^= 1
      for (name, bytes) in [("changed", changed), ("cut", whole.dropLast(5)), ("empty", Data())] {
        try bytes.write(to: file)
        options.out = world.folder.appendingPathComponent(name).path
        let (folder, said) = try world.run(options)
        #expect(said.text.contains("is damaged"))
        #expect(try student(folder) == right)
        #expect(try Data(contentsOf: file) == whole)
      }
      try FileManager.default.removeItem(at: file)
      options.out = world.folder.appendingPathComponent("gone").path
      #expect(try student(world.run(options).folder) == right)
    }
  }

  @Test func aFileInPlaceOfTheFolderIsRefused() throws {
    try withCompressWorld { world in
      let file = world.folder.appendingPathComponent("file")
      try Data([1]).write(to: file)
      var options = world.options()
      options.observed = file.path
      let sentence = refusal { try world.run(options) }
      #expect(sentence?.contains("cannot make the folder") == true)
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }
}
