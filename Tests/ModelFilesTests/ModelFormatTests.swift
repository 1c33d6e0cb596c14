import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Formats of whole models are a catalogue that one adds to.
@Suite struct ModelFormatTests {
  private static let formats = {
    var formats = ModelFormat.standard
    formats.add(ModelFormat("net", "net of mine", graph: { try ONNXModel.read(from: $0) }))
    formats.add(
      ModelFormat(
        "wood",
        "wood of mine",
        trees: { try LightGBMModel.read(from: $0) },
        isBegun: { $0.hasPrefix("wood") }
      )
    )
    return formats
  }()

  @Test func onesOwnFormatIsReadByItsEnding() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("formats-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let original = Fixtures.url("mlp.onnx")
    let file = folder.appendingPathComponent("mlp.NET")
    try FileManager.default.copyItem(at: original, to: file)
    let refusal = #expect(throws: FileError.self) { try ModelGraph(contentsOf: file) }
    #expect("\(refusal!)".contains("exported PyTorch program (.pt2), ONNX model (.onnx)"))
    try ModelFormat.$known.withValue(Self.formats) {
      let (own, same) = (try ModelGraph(contentsOf: file), try ModelGraph(contentsOf: original))
      #expect(own.parameterCount == same.parameterCount && own.parameterCount > 0)
      #expect(ModelGraph.fileEndings == ["pt2", "onnx", "pt", "pth", "ts", "torchscript", "net"])
      #expect(TreeModel.fileEndings == ["json", "ubj", "txt", "wood"])
      let wood = folder.appendingPathComponent("a.wood")
      try Data("wood\n".utf8).write(to: wood)
      #expect(TreeModel.isOne(wood))
      try Data("tree\n".utf8).write(to: wood)
      #expect(!TreeModel.isOne(wood))
    }
    #expect(TreeModel.fileEndings == ["json", "ubj", "txt"])
  }
}
