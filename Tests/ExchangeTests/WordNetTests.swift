import Foundation
import Tensors
import Testing

@testable import Exchange

/// WordNet's data files, made small.
@Suite struct WordNetTests {
  private static let licence = "  1 This is no synset.  \n"

  private static let files = [
    "data.noun": licence
      + "00000010 03 n 01 entity 0 002 ~ 00000020 n 0000 + 00000010 v 0101 | that which is  \n"
      + "00000020 05 n 02 dog 0 Hound_dog a 001 @ 00000010 n 0000 | a kind of entity; \"the dog\"  \n",
    "data.verb":
      "00000010 42 v 01 be 0 002 $ 00000010 v 0000 + 00000010 n 0101 01 + 02 00 | have quality\n",
    "data.adj": "00000001 00 s 01 able(p) 0 000 | fit | or not",
    "data.adv": "00000007 02 r 01 well 0 001 \\ 00000001 a 0101 | in a good manner\n",
  ]

  private func read(_ changes: [String: String?] = [:]) throws -> WordNet {
    let folder = try TemporaryFolder()
    for (name, text) in Self.files {
      guard let text = changes[name] ?? text else { continue }
      _ = try folder.file(name, text.utf8)
    }
    return try WordNet(folder.url)
  }

  @Test func synsetsAndRelations() throws {
    let wordNet = try read()
    #expect(
      wordNet.synsets.map(\.words) == [
        ["entity"], ["dog", "Hound_dog"], ["be"], ["able(p)"], ["well"],
      ]
    )
    #expect(wordNet.synsets.map(\.partOfSpeech) == [.noun, .noun, .verb, .adjective, .adverb])
    #expect(wordNet.synsets[1].gloss == "a kind of entity; \"the dog\"")
    #expect(wordNet.synsets[3].gloss == "fit | or not")
    #expect(wordNet.labels.scalars(Int.self) == [3, 5, 42, 0, 2])
    #expect(
      wordNet.relations.map { "\($0.source)\($0.symbol)\($0.target)" } == [
        "0~1", "0+2", "1@0", "2$2", "2+0", "4\\3",
      ]
    )
    // Nothing is related to itself.
    #expect(wordNet.edges.scalars(Int.self) == [0, 0, 1, 2, 4, 1, 2, 0, 0, 3])
    #expect(WordNet.topics.count == 45)
  }

  private static let fetched = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".data/wordnet")

  /// The numbers are those that a few lines of Python count in the same files.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: fetched.path),
      "make data-graphs fetches WordNet"
    )
  )
  func allOfWordNet() throws {
    let wordNet = try WordNet(Self.fetched)
    #expect(wordNet.synsets.count == 117_659)
    #expect(wordNet.relations.count == 377_592)
    let counts = wordNet.labels.occurrences(classes: 45).scalars(Int.self)
    #expect(Array(counts[..<7]) == [14_435, 3_661, 3_621, 51, 6_650, 7_509, 11_587])
    #expect(counts[43] == 81 && counts[44] == 60)
    #expect(wordNet.relations.count { $0.symbol == "@" } == 89_089)
  }

  /// Every damage is one sentence that names file, line and what is wrong.
  @Test(arguments: [
    ("x", "the synset's number is 'x'"),
    ("00000010", "the lexicographer file is missing"),
    ("00000010 45 n 01 a 0 000 | g", "the lexicographer file is '45', no whole number below 45"),
    ("00000010 -1 n 01 a 0 000 | g", "the lexicographer file is '-1'"),
    ("00000010 03 q 01 a 0 000 | g", "'q' is no kind of synset of data.noun"),
    ("00000010 03 v 01 a 0 000 | g", "'v' is no kind of synset of data.noun"),
    ("00000010 03 n 00 000 | g", "the synset has no words"),
    ("00000010 03 n ff a 0 000 | g", "a word's number is missing"),
    ("00000010 03 n 01 a 0 999 | g", "a relation's target is 'g'"),
    ("00000010 03 n 01 a 0 001 @ 00000010 z 0000 | g", "'z' is no kind of synset"),
    ("00000010 03 n 01 a 0 000", "there is no |"),
    ("00000010 03 n 01 a 0 000 | g\n00000010 03 n 01 b 0 000 | g", "00000010 03"),
    ("99999999999999999999 03 n 01 a 0 000 | g", "the synset's number is '99999999999999999999'"),
    ("00000010 03 n 01 a 0 001 @ 00000011 n 0000 | g", "points to the synset 11 of data.noun"),
    ("", "it has no synset"), ("  1 Only a licence.", "it has no synset"),
    ("\u{0}\u{1}\u{2}", "the synset's number is '···'"),
  ])
  func damage(_ line: String, _ says: String) throws {
    let error = try #require(throws: FileError.self) {
      try read(["data.noun": line, "data.verb": "00000010 42 v 01 be 0 000 | have quality"])
    }
    let words = says == "00000010 03" ? "the synset 10 of data.noun is there twice" : says
    #expect(error.description.contains(words), "\(error)")
    #expect(error.description.contains("data.noun") && !error.description.contains("\n"))
  }

  @Test func aFileThatIsMissing() {
    let error = #expect(throws: FileError.self) { try read(["data.adv": nil]) }
    #expect(error?.description.contains("data.adv: there is no such file") == true)
    #expect(error?.description.contains("make data-graphs") == true)
  }

  /// Rows of equal size, made of the words alone, in which rare words count more.
  @Test func hashedWords() {
    let texts = ["a dog, a Hound", "a cat", "", "dog HOUND a", "Ähre é"]
    let words = HashedWords(width: 64, weightedBy: texts)
    let rows = words(texts)
    #expect(rows.shape == [5, 64])
    #expect(rows[0].scalars(Float.self) == rows[3].scalars(Float.self))
    let sizes = rows.squared.mean(along: 1).scalars(Float.self)
    for (size, expected) in zip(sizes, [1, 1, 0, 1, 1] as [Float]) {
      #expect(abs(size - expected) < 1e-5)
    }
    // A word that no text had weighs most, and the same text always gives the same row.
    #expect(words(["zebra"]).scalars(Float.self).filter { $0 != 0 }.count == 1)
    #expect(words(["cat a"])[0].scalars(Float.self) == rows[1].scalars(Float.self))
    // log(5/1) for cat against log(5/3) for a.
    let magnitudes = Set(rows[1].magnitude.scalars(Float.self)).filter { $0 > 0 }.sorted()
    #expect(magnitudes.count == 2)
    let ratio = Double(magnitudes[0] / magnitudes[1])
    #expect(abs(ratio - 0.510826 / 1.609438) < 1e-4)
  }
}
