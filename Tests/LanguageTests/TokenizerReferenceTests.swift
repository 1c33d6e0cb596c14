import Foundation
import Testing

@testable import Language

/// Ids against those of the `tokenizers` package; `Tools/reference/tokenization.py` made them.
@Suite struct TokenizerReferenceTests {
  struct Reference: Decodable {
    struct Made: Decodable {
      let name: String
      let ids: [[Int]]
      let bareIds: [[Int]]
    }
    let texts: [String]
    let tokenizers: [Made]
  }

  static let names = [
    "wordPiece", "casedWordPiece", "bytePairs", "bytePairsAsRoBERTa", "bytePairsOnCharacters",
    "unigram", "sentencePiece", "sentencePieceWithBytes",
  ]

  @Test(arguments: names) func idsAreThoseOfThePackage(name: String) throws {
    let reference = try Fixture.read("tokenizers.json", as: Reference.self)
    let made = try #require(reference.tokenizers.first { $0.name == name })
    let tokenizer = try Tokenizer(json: Fixture.tokenizer(name))
    for (index, text) in reference.texts.enumerated() {
      let shown = text.unicodeScalars.prefix(30).map { String($0.value, radix: 16) }
      #expect(tokenizer.ids(of: text) == made.ids[index], "\(shown)")
      #expect(tokenizer.ids(of: text, withTemplate: false) == made.bareIds[index], "\(shown)")
    }
  }

  /// 100,000 texts and every character, in the folder that `DISTILL_TOKENIZER_ORACLE` names.
  @Test(.enabled(if: Oracle.folder != nil)) func oracle() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Oracle.folder!.path).sorted() {
      let folder = Oracle.folder!.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: folder.path + "/speed.json") else { continue }
      try Oracle(folder).compare(name)
    }
  }
}

extension Fixture {
  /// The text of a `tokenizer.json` out of the fixture.
  static func tokenizer(_ name: String) throws -> Data {
    let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: url("tokenizers.json")))
    let all = try #require((whole as? [String: Any])?["tokenizers"] as? [[String: Any]])
    let made = try #require(all.first { $0["name"] as? String == name })
    return try JSONSerialization.data(withJSONObject: #require(made["file"]))
  }
}

/// Ids and speeds of the package, in the large form.
struct Oracle {
  static let folder = ProcessInfo.processInfo.environment["DISTILL_TOKENIZER_ORACLE"].map {
    URL(fileURLWithPath: $0)
  }

  struct Speed: Decodable {
    /// Texts a second, one by one and as one batch.
    let one: Double
    let batch: Double
  }

  let folder: URL
  let tokenizer: Tokenizer

  init(_ folder: URL) throws {
    self.folder = folder
    tokenizer = try Tokenizer(folder.appendingPathComponent("tokenizer.json"))
  }

  func compare(_ name: String) throws {
    for part in ["texts", "characters"] {
      let texts = try Self.texts(folder.appendingPathComponent("../\(part).bin"))
      let ids = try Self.ids(folder.appendingPathComponent("\(part).ids"))
      try #require(ids.count == texts.count)
      var wrong: [Int] = []
      for (index, text) in texts.enumerated()
      where !tokenizer.ids(of: text).elementsEqual(ids[index]) { wrong.append(index) }
      print("\(name): \(texts.count - wrong.count) of \(texts.count) \(part) have the same ids")
      for index in wrong.prefix(12) {
        let scalars = texts[index].unicodeScalars.prefix(60).map { String($0.value, radix: 16) }
        let found = tokenizer.ids(of: texts[index])
        print(
          "  \(scalars.joined(separator: " ")): \(found.prefix(60)), not \(ids[index].prefix(60))"
        )
      }
      #expect(wrong.isEmpty, "\(name), \(part)")
    }
    let texts = Array(try Self.texts(folder.appendingPathComponent("../texts.bin"))[45..<20_045])
    let clock = ContinuousClock()
    var count = 0
    let time = clock.measure { for text in texts { count += tokenizer.ids(of: text).count } }
    let own = Double(texts.count) / (time / .seconds(1))
    let speed = try JSONDecoder().decode(
      Speed.self,
      from: Data(contentsOf: folder.appendingPathComponent("speed.json"))
    )
    print(
      "\(name): \(Int(own)) glosses/s on one thread; the package \(Int(speed.one)) one by one, "
        + "\(Int(speed.batch)) as a batch"
    )
  }

  private static func words(_ data: Data) -> (inout Int) -> Int {
    { place in
      defer { place += 4 }
      return (0..<4).reduce(0) { $0 | Int(data[place + $1]) << (8 * $1) }
    }
  }

  private static func texts(_ file: URL) throws -> [String] {
    let data = try Data(contentsOf: file)
    let word = words(data)
    var (place, texts): (Int, [String]) = (0, [])
    while place < data.count {
      let count = word(&place)
      texts.append(String(decoding: data[place..<(place + count)], as: UTF8.self))
      place += count
    }
    return texts
  }

  private static func ids(_ file: URL) throws -> [[Int]] {
    let data = try Data(contentsOf: file)
    let word = words(data)
    var (place, ids): (Int, [[Int]]) = (0, [])
    while place < data.count {
      let count = word(&place)
      ids.append((0..<count).map { _ in word(&place) })
    }
    return ids
  }
}
