import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import ModelFiles

/// Weights that PyTorch saved under other names than ours, made by `Tools/reference/named_weights.py`.
@Suite struct NamedWeightsTests {
  struct Right: Decodable {
    let network: String
    let input: ProgramCase.Packed
    let output: ProgramCase.Packed
  }

  static let right: [String: Right] = try! JSONDecoder().decode(
    [String: Right].self,
    from: Data(contentsOf: Fixtures.url("weights.json"))
  )

  private static let namedAsOurs = [
    "checkpoint", "views", "parameters", "layer-normalized", "normalized-behind",
  ]

  @Test(arguments: right.keys.sorted()) func weightsGiveWhatPyTorchComputes(name: String) throws {
    let right = Self.right[name]!
    let network = try ModelSpecification(right.network).module(using: RandomGenerator(seed: 7))
    // Only its owner knows which of two layers of one shape comes first.
    let renames = name == "alike" ? ["first=0", "second=2"] : []
    let weights = try NamedWeights(contentsOf: Fixtures.url("weights-\(name).pt")).entries
      .renamed(renames.map { try WeightRenaming($0) }, in: name)
    let text = try network.load(weights, from: name)
    #expect(
      (text == nil) == Self.namedAsOurs.contains(name),
      "\(text as Any)"
    )
    let output = network(right.input.tensor)
    #expect(relativeError(output, right.output.tensor) <= 1e-6)
    if name == "named" { #expect(text?.contains("2 biases") == true, "\(text as Any)") }
    if name == "batch-normalized" {
      #expect(text?.contains("; 1 biases that the file has none for are 0") == true)
    }
    if name == "sequential" { #expect(text?.hasPrefix("1 bias in front of") == true) }
    if name == "prefixed" { #expect(text == "names without 'module.'") }
  }

  /// Without the names' help the layers are taken in the order in which they were made.
  @Test func renamingDecidesWhatOrderCannot() throws {
    let right = Self.right["alike"]!
    let entries = try NamedWeights(contentsOf: Fixtures.url("weights-alike.pt")).entries
    let network = try ModelSpecification(right.network).module(using: RandomGenerator(seed: 7))
    try network.load(entries, from: "alike")
    #expect(relativeError(network(right.input.tensor), right.output.tensor) > 0.01)
    for (renames, words) in [
      (["third=0"], "has nothing called 'third' to rename: it has second.weight"),
      (["first=second"], "two tensors of 'it' called 'second.weight'"),
      (["first"], "'first' renames nothing: write OLD=NEW"),
      (["=0"], "'=0' renames nothing"),
      (["a=b=c"], "write OLD=NEW"),
    ] {
      let refusal = #expect(throws: RunError.self) {
        try entries.renamed(renames.map { try WeightRenaming($0) }, in: "it")
      }
      #expect(refusal?.description.contains(words) == true, "\(refusal as Any)")
    }
    let names = try entries.renamed([WeightRenaming("first=a.b"), WeightRenaming("a=")], in: "it")
      .map(\.name)
    #expect(
      names == [
        "second.weight", "second.bias", "b.weight", "b.bias", "head.weight", "head.bias",
      ]
    )
  }

  @Test(arguments: [
    ("module", "torch.nn.modules.container.Sequential"), ("object", "pathlib"),
    ("old", "before 1.6"), ("list", "no tensors by name"),
  ])
  func moreThanTensorsIsRefused(name: String, words: String) {
    let text = sentence { try NamedWeights(contentsOf: Fixtures.url("refused-\(name).pt")) }
    #expect(text.contains(words), "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    let weights = try NamedWeights(contentsOf: Fixtures.url("weights-dropout.pt"))
    for text in ["mlp:4-7-3", "mlp:4-6-3-3", "mlp:4-3", "cnn:1x8x8-4c3-3"] {
      let network = try ModelSpecification(text).module(using: RandomGenerator(seed: 1))
      let before = network.namedParameters.map { $0.parameter.value.sum().doubleValue }
      let refusal = #expect(throws: WeightsError.self) {
        try network.load(weights.entries, from: "it")
      }
      #expect(refusal?.description.contains("of another network: ") == true)
      #expect(before == network.namedParameters.map { $0.parameter.value.sum().doubleValue })
    }
  }

  @Test func damagedPicklesAreRefusedOrRead() throws {
    let archive = try StoredArchive(Fixtures.url("weights-checkpoint.pt"), writer: "torch.save")
    let pickle = try #require(try archive.bytes(of: "weights-checkpoint/data.pkl"))
    let bytes = Array(pickle)
    for count in 0..<bytes.count {
      #expect(throws: PickledData.Refusal.self) {
        try PickledData(Array(bytes[..<count]))
      }
    }
    var read = 0
    for index in bytes.indices {
      for bit in [0x01, 0x10, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[index] ^= bit
        if (try? PickledData(changed)) != nil { read += 1 }
      }
    }
    #expect(read < 4 * bytes.count)
  }

  /// Names of functions that a pickle would have Python call.
  @Test func codeInPicklesIsRefusedByName() {
    let attack = Array("cos\nsystem\n(X".utf8) + [2, 0, 0, 0] + Array("lstR.".utf8)
    let refusal = #expect(throws: PickledData.Refusal.self) { try PickledData(attack) }
    #expect(refusal?.problem.contains("os.system") == true)
    // A million lists inside one another.
    let deep =
      Array(repeating: UInt8(ascii: "]"), count: 1 << 20)
      + Array(repeating: UInt8(ascii: "a"), count: 1 << 20 - 1) + [UInt8(ascii: ".")]
    #expect(throws: Never.self) { try PickledData(deep) }
  }
}
