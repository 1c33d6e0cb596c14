import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Files that are no good: one sentence each, never a trap.
@Suite struct DamagedProgramTests {
  private static let model = "net/models/model.json"
  private static let weights = "net/data/weights/model_weights_config.json"

  /// Reads and, where that succeeds, runs a program; whether both did.
  @discardableResult
  private func runs(_ url: URL) -> Bool {
    do {
      let graph = try ExportedProgram.read(from: url)
      _ = try graph.run([.ones([3, 4])])
      return true
    } catch {
      #expect(!"\(error)".contains("\n"))
      return false
    }
  }

  @Test func cutAtEveryByte() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Fixtures.program("mlp"))
    #expect(runs(try folder.file("net.pt2", whole)))
    for count in stride(from: 0, to: whole.count, by: 7) {
      #expect(!runs(try folder.file("net.pt2", whole.prefix(count))))
    }
  }

  @Test func changedAtManyBytes() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Fixtures.program("mlp"))
    for index in stride(from: 0, to: whole.count, by: 5) {
      var changed = whole
      changed[index] ^= 0x5a
      runs(try folder.file("net.pt2", changed))
    }
  }

  /// Seeded changes inside the JSON, which checksums of the archive do not notice.
  @Test func changedJSONIsRefusedOrRun() throws {
    let folder = try TemporaryFolder()
    let archive = try TestArchive(Fixtures.program("mlp"))
    let generator = RandomGenerator(seed: 1)
    for member in [Self.model, Self.weights] {
      let whole = archive[member]
      let places = Tensor.randomIntegers(0..<whole.count, [300], using: generator)
        .scalars(Int64.self).map(Int.init)
      for (number, place) in places.enumerated() {
        var bytes = whole
        // Digits, names and brackets alike; every fourth time a piece is taken out.
        if number % 4 == 0 {
          bytes.removeSubrange(place..<min(place + 3, bytes.count))
        } else {
          bytes[place] = Array("09-\"{}[],xZ".utf8)[number % 11]
        }
        var changed = archive
        changed[member] = bytes
        runs(try folder.file("net.pt2", changed.bytes))
      }
    }
  }

  /// What is changed in the JSON, where, and the words of the refusal.
  static let lies: [(member: String, from: String, to: String, words: String)] = [
    (model, "aten.tanh.default", "aten.tanhh.default", "libtorch has no operator aten::tanhh"),
    (model, "aten.tanh.default", "mine.tanh.default", "no operator of PyTorch's own"),
    (model, "torch.ops.aten.tanh.default", "os.system", "calls os.system, which is no operator"),
    (model, "aten.tanh.default", "aten.from_file.default", "reaches beyond the model"),
    (model, "aten.tanh.default", "aten.bernoulli.default", "draws random numbers"),
    (model, #""name":"self""#, #""name":"other""#, "has no argument 'other'"),
    (model, #"{"name":"tanh"}}],"metadata"#, #"{"name":"linear"}}],"metadata"#, "is made twice"),
    (
      model, #"{"as_tensor":{"name":"linear"}},"kind"#,
      #"{"as_tensor":{"name":"linear_1"}},"kind"#, "is used before anything makes it"
    ),
    (model, #""major":8"#, #""major":9"#, "its schema is version 9.20"),
    (model, #""parameter_name":"0.bias""#, #""parameter_name":"1.bias""#, "'1.bias' is missing"),
    (model, #""nodes":["#, #""nodes":[7,"#, "its JSON is not that of an exported program"),
    (weights, "weight_0", "../../etc/passwd", "names a file outside its folder"),
    (weights, "weight_0", "weight_9", "has no bytes"),
    (weights, #""use_pickle":false"#, #""use_pickle":true"#, "kept as a pickle"),
    (weights, #"{"as_int":6},{"as_int":4}"#, #"{"as_int":6},{"as_int":5}"#, "reaches beyond"),
    (weights, #"{"as_int":6},{"as_int":4}"#, #"{"as_int":4},{"as_int":4}"#, "not what the graph"),
    (
      weights, #"{"as_int":6},{"as_int":4}"#, #"{"as_int":4611686018427387904},{"as_int":4}"#,
      "reaches beyond its bytes"
    ),
    (weights, #"{"as_int":6},{"as_int":4}"#, #"{"as_int":-6},{"as_int":-4}"#, "reaches beyond"),
    (weights, #""storage_offset":{"as_int":0}"#, #""storage_offset":{"as_int":-1}"#, "beyond"),
    (weights, #""dtype":7"#, #""dtype":11"#, "element type or layout that is not known"),
  ]

  @Test(arguments: lies.indices) func liesAreRefusedInASentence(index: Int) throws {
    let lie = Self.lies[index]
    let folder = try TemporaryFolder()
    var archive = try TestArchive(Fixtures.program("mlp"))
    let before = String(decoding: archive[lie.member], as: UTF8.self)
    let place = try #require(before.range(of: lie.from))
    archive[lie.member] = Array(before.replacingCharacters(in: place, with: lie.to).utf8)
    let url = try folder.file("net.pt2", archive.bytes)
    let text = sentence { try ExportedProgram.read(from: url) }
    #expect(text.contains(lie.words), "\(text)")
  }

  @Test func otherArchivesAreRefused() throws {
    let folder = try TemporaryFolder()
    var archive = try TestArchive(Fixtures.program("mlp"))
    archive["net/archive_format"] = Array("pt".utf8)
    let other = try folder.file("other.pt2", archive.bytes)
    #expect(sentence { try ExportedProgram.read(from: other) }.contains("no exported program"))
    let old = try folder.file(
      "old.pt2",
      TestArchive(members: [("serialized_exported_program.json", Array("{}".utf8))]).bytes
    )
    #expect(sentence { try ExportedProgram.read(from: old) }.contains("is missing"))
    let none = folder.url.appendingPathComponent("none.pt2")
    #expect(sentence { try ExportedProgram.read(from: none) }.contains("none.pt2"))
  }

  /// The layout before PyTorch 2.8, whose weights are a dictionary in an archive of its own.
  @Test func olderProgramsAreReadAndNotWritten() throws {
    let url = Fixtures.program("older-cnn")
    #expect(try ExportedProgram.read(from: url).notes == ["divisor": "255"])
    #expect(sentence { try FileArchitecture(url, shape: [1, 6, 6]) }.contains("before 2.8"))
    let folder = try TemporaryFolder()
    let member = "serialized_state_dict.pt"
    let whole = try TestArchive(url)
    let weights = whole[member]
    for (bytes, words) in [
      (Array("no archive".utf8), member), (Array(weights.dropLast(9)), member),
      (
        try TestArchive(members: [("archive/data.pkl", Array("cos\nsystem\n.".utf8))]).bytes,
        "os.system"
      ),
    ] {
      var archive = whole
      archive[member] = bytes
      let text = sentence { try ExportedProgram.read(from: folder.file("net.pt2", archive.bytes)) }
      #expect(text.contains(words), "\(text)")
    }
    // Anywhere in the dictionary's archive: refused, or read.
    for place in stride(from: 0, to: weights.count, by: 61) {
      var archive = whole
      archive[member][place] ^= 0x5a
      let file = try folder.file("net.pt2", archive.bytes)
      do { _ = try ExportedProgram.read(from: file) } catch {
        #expect(!"\(error)".contains("\n"), "\(error)")
      }
    }
  }

  /// A file of a few kilobytes that asks for more memory than there is.
  @Test(arguments: [
    #"{"target":"torch.ops.aten.zeros.default","inputs":[{"name":"size","arg":{"as_ints":[1099511627776]},"kind":1}],"outputs":[{"as_tensor":{"name":"tanh"}}],"metadata":{}}"#,
    #"{"target":"torch.ops.aten.expand.default","inputs":[{"name":"self","arg":{"as_tensor":{"name":"linear"}},"kind":1},{"name":"size","arg":{"as_ints":[1073741824,3,6]},"kind":1}],"outputs":[{"as_tensor":{"name":"tanh"}}],"metadata":{}}"#,
    #"{"target":"torch.ops.aten.repeat.default","inputs":[{"name":"self","arg":{"as_tensor":{"name":"linear"}},"kind":1},{"name":"repeats","arg":{"as_ints":[1073741824,1024]},"kind":1}],"outputs":[{"as_tensor":{"name":"tanh"}}],"metadata":{}}"#,
  ])
  func absurdSizesAreRefused(node: String) throws {
    let folder = try TemporaryFolder()
    var archive = try TestArchive(Fixtures.program("mlp"))
    let text = String(decoding: archive[Self.model], as: UTF8.self)
    let start = try #require(text.range(of: #"{"target":"torch.ops.aten.tanh"#)).lowerBound
    let end = try #require(text.range(of: #"{"target":"torch.ops.aten.dropout"#)).lowerBound
    archive[Self.model] = Array(text.replacingCharacters(in: start..<end, with: node + ",").utf8)
    let graph = try ExportedProgram.read(from: folder.file("net.pt2", archive.bytes))
    let error = #expect(throws: (any Error).self) { try graph.run([.ones([3, 4])]) }
    #expect("\(error!)".contains("more than"), "\(error!)")
  }
}
