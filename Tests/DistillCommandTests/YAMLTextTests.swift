import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Aliases of aliases: few bytes that are more than any memory holds.
@Suite struct YAMLTextTests {
  /// Nine levels of nine aliases are 387 million words.
  static let bomb =
    "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    + zip("bcdefghi", "abcdefgh").map { name, last in
      "\(name): &\(name) [\([String](repeating: "*\(last)", count: 9).joined(separator: ", "))]\n"
    }.joined()

  private func isRefused(_ body: () throws -> some Any) -> Bool {
    refusal(body)?.contains("anchors and aliases of YAML are not read") == true
  }

  @Test func everyReadingRefusesThem() throws {
    try withScratchFolder { scratch in
      let bomb = Self.bomb
      #expect(isRefused { try JobRecipe(yaml: "experiment: compression\n" + bomb) })
      #expect(
        isRefused {
          try JobRecipe(yaml: "experiment: compression", settings: ["images=[&a 1, *a]"])
        }
      )
      #expect(isRefused { try Recipe<CompressionPlan>(yaml: bomb) })
      #expect(isRefused { try RecipeOrigin(yaml: bomb) })
      let file = scratch.appendingPathComponent("student.yaml")
      try Data(bomb.utf8).write(to: file)
      #expect(isRefused { try ModelSpecification(yaml: file) })
    }
  }

  @Test(arguments: [
    "&a [1]", "- &a 1", "- - &a 1", "a: &a 1", "a:\n  &a 1", "? &a 1\n: 2", "[&a 1]", "[2,&a 1]",
    "{b: &a 1}", "{\"b\":&a 1}", "a: !!seq &a [1]", "!<tag:yaml.org,2002:seq> &a [1]", "--- &a [1]",
    "a: it's\nb: &x \"1\"", "\u{85}&a 1",
  ])
  func anchorsAreFoundWhereverTheyStand(text: String) {
    #expect(isRefused { try YAMLText.compose(text) })
  }

  @Test func otherSignsAreText() throws {
    let text = "title: R&D & others\nloss: hard + 0.1 * soft\npath: 'a & b/*.npz'\n"
    let read = try YAMLText.decode([String: String].self, from: text)
    #expect(
      read == ["title": "R&D & others", "loss": "hard + 0.1 * soft", "path": "a & b/*.npz"]
    )
  }

  @Test(arguments: [
    ("[1, 2]", "write its text"), ("kind: mlp\nlayers: [[1]]", "'layers"),
    (String(repeating: "[", count: 100_000), "nesting"),
  ])
  func whatIsNoNetworkIsToldInASentence(text: String, words: String) throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("network.yaml")
      try Data(text.utf8).write(to: file)
      let sentence = try #require(refusal { try ModelSpecification(yaml: file) })
      #expect(sentence.contains(words), "\(sentence)")
      #expect(sentence.count < 3_000 && !sentence.contains("DecodingError"))
    }
  }

  /// A second way in would be without the check.
  @Test func thereIsOneWayIn() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources").standardizedFileURL
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", file.lastPathComponent != "YAMLText.swift" else {
        continue
      }
      let text = try String(contentsOf: file, encoding: .utf8)
      for way in ["YAMLDecoder(", "Yams.compose(", "Yams.load("] {
        #expect(!text.contains(way), "\(file.lastPathComponent): \(way)")
      }
    }
  }
}
