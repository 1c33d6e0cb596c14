import Distill
import Foundation

/// Tokenizers and sentence encoders of the `tokenizers` and `transformers` packages, and networks that
/// PyTorch exported to be students.
extension FuzzTarget {
  static let language =
    (0..<8).map { tokenizer($0) } + [
      FuzzTarget(name: "sentence encoder", weight: usual) { folder in
        for name in ["config.json", "model.safetensors"] {
          try FileManager.default.copyItem(
            at: fixture("LanguageTests", "tiny-bert/\(name)"),
            to: folder.appendingPathComponent(name)
          )
        }
      } use: { folder in
        let encoder = try BERTEncoder(folder)
        // Whoever asks looks at what it takes.
        guard encoder.configuration.ids > 2, encoder.configuration.length > 1 else { return }
        let ids = Tensor([0, 1, 2, 0], shape: [2, 2])
        _ = encoder(ids)
      },
      student("student.pt2", [1, 4, 4]), student("recurrent.pt2", [12]),
    ]

  /// A `tokenizer.json` of those that the tests of Language have.
  private static func tokenizer(_ index: Int) -> FuzzTarget {
    reader("tokenizer \(index + 1)", "tokenizer.json", weight: usual) { url in
      let all = try JSONSerialization.jsonObject(
        with: Data(contentsOf: fixture("LanguageTests", "tokenizers.json"))
      )
      let made = (all as? [String: Any])?["tokenizers"] as? [[String: Any]]
      try JSONSerialization.data(withJSONObject: made?[index]["file"] ?? [:]).write(to: url)
    } use: {
      let tokenizer = try Tokenizer($0)
      let texts = ["", "Don't, 1,234\u{301} 東京 👩‍👧", String(repeating: "ab", count: 300)]
      for text in texts { _ = tokenizer.ids(of: text) }
      _ = tokenizer.padded(texts, to: 16)
    }
  }

  /// A program that PyTorch exported, as a network that learns.
  private static func student(_ name: String, _ shape: [Int]) -> FuzzTarget {
    reader("learning \(name)", "network.pt2", weight: usual) {
      try FileManager.default.copyItem(at: fixture("ModelFilesTests", "trained/\(name)"), to: $0)
    } use: { url in
      let kind = try FileArchitecture(url, shape: shape)
      let network = kind.module(using: RandomGenerator(seed: 1))
      let inputs = Tensor.ones([2, shape.reduce(1, *)])
      func learn(_ network: some Module) throws {
        let labels = Tensor([0, 0])
        try Distiller(network, minimizing: .crossEntropy()).step(on: Batch(inputs, labels: labels))
      }
      // What cannot learn is told, and its weights may be written all the same.
      try? learn(network)
      let folder = url.deletingLastPathComponent()
      try kind.write(network, to: folder.appendingPathComponent("student.pt2"))
      _ = try kind.located(in: folder.path)
    }
  }
}
