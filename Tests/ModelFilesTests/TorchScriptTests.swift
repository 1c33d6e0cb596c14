import Distillation
import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// What is particular about programs of TorchScript; their numbers are compared in
/// `ExportedProgramTests`.
@Suite struct TorchScriptTests {
  @Test func modulesAndWeightsHaveTheirPaths() throws {
    let graph = try ModelGraph(contentsOf: Fixtures.program("script-convolutional"))
    #expect(graph.inputs[0].shape == [nil, 1, nil, nil])
    #expect(graph.notes == ["classes": "a\nb\nc"])
    #expect(graph.parameterCount == 36 + 4 + 8 + 111)
    #expect(graph.taps.contains("conv1") && graph.taps.contains("bn1") && graph.taps.contains("fc"))
    let paths = graph.namedWeights.map(\.path)
    #expect(Set(["conv1.weight", "bn1.running_mean", "fc.bias"]).isSubset(of: paths))
    let stages = try ModelGraph(contentsOf: Fixtures.program("script-stages"))
    #expect(stages.taps.contains("stages.1"))
    #expect(stages.meaning(of: 0) == .probabilities)
    #expect(stages.inputs[0].shape == [nil, 4])
    let transposed = try ModelGraph(contentsOf: Fixtures.program("script-transposed"))
    #expect(transposed.inputs[0].shape == [nil, 1, nil, nil])
  }

  @Test func teachersAreObservedFromRowsAndImages() throws {
    let network = try ModelNetwork(
      contentsOf: Fixtures.program("script-convolutional"),
      exampleShape: [1, 6, 6]
    )
    let right = try ProgramCase("script-convolutional")
    let flat = right.inputs[0].tensor.reshaped(to: [2, 36])
    #expect(relativeError(network(flat), right.outputs[0].tensor) < 1e-6)
    let rows = try ModelNetwork(contentsOf: Fixtures.program("script-mlp"))
    let answer = try ProgramCase("script-mlp")
    let images = answer.inputs[0].tensor.reshaped(to: [3, 1, 2, 2])
    #expect(relativeError(rows(images), answer.outputs[0].tensor) < 1e-6)
  }

  @Test func choicesAreRefused() {
    let url = Fixtures.url("refused-choice.pt")
    #expect(TorchScript.isOne(url))
    #expect(sentence { try ModelGraph(contentsOf: url) }.contains("depends on the inputs"))
    #expect(!TorchScript.isOne(Fixtures.url("refused-object.pt")))
  }

  /// Code that would run while the file is read, or write files, is seen before.
  @Test(arguments: ["__setstate__", "from_file", "torch.save"])
  func codeThatReachesBeyondIsRefused(word: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "net.pt",
      TestArchive(members: [
        ("net/constants.pkl", [0x80, 2, 0x29, 0x2e]), ("net/data.pkl", [0x80, 2, 0x29, 0x2e]),
        ("net/code/__torch__.py", Array("class M(Module):\n  def \(word)(self): pass\n".utf8)),
      ]).bytes
    )
    #expect(sentence { try ModelGraph(contentsOf: file) }.contains("its code has '\(word)'"))
  }

  /// A file at which libtorch ends does not end the program.
  @Test func damagedFilesEndNobody() {
    let url = Fixtures.url("refused-script.pt")
    #expect(sentence { try ModelGraph(contentsOf: url) }.contains("libtorch ends"))
  }

  /// Cut anywhere, a file is refused in a sentence.
  @Test func damagedFilesAreRefused() throws {
    let bytes = try Data(contentsOf: Fixtures.program("script-mlp"))
    let folder = try TemporaryFolder()
    for count in stride(from: 0, to: bytes.count, by: 97) {
      let file = try folder.file("cut.torchscript", bytes.prefix(count))
      #expect(!sentence { try ModelGraph(contentsOf: file) }.contains("\n"))
    }
    for place in stride(from: 30, to: bytes.count, by: 41) {
      var changed = bytes
      changed[place] ^= 0x5a
      let file = try folder.file("changed.torchscript", changed)
      _ = try? ModelGraph(contentsOf: file)
    }
  }
}
