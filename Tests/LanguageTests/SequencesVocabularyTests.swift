import Foundation
import Tensors
import Testing

@testable import Language

@Suite struct SequencesVocabularyTests {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func bytesAreTokensAndTheFirstEndsDocuments() throws {
    let vocabulary = ByteVocabulary(bytesOf: [Self.bytes("banana"), Self.bytes("cab")])
    #expect(vocabulary.tokens == [[10], [97], [98], [99], [110]])
    #expect(try vocabulary.encoded(Self.bytes("can")) == [3, 1, 4])
    #expect(vocabulary.decoded([3, 1, 4]) == Self.bytes("can"))
    #expect(try vocabulary.encoded([]) == [])
  }

  /// Counted by hand: "an" stands four times in "banana banana", then "ban" and "ana" are as frequent.
  @Test func frequentNeighboursAreMerged() throws {
    let documents = [Self.bytes("banana"), Self.bytes("banana")]
    let vocabulary = try ByteVocabulary(bytesOf: documents).merging(3, in: documents)
    let added = vocabulary.tokens.dropFirst(4).map { String(decoding: $0, as: UTF8.self) }
    // "an"; of "an·an", "an·a" and "b·an", each twice, the first by number: "a" = 1, "b" = 2, "an" = 4.
    #expect(added == ["an", "ban", "ana"])
    #expect(
      try vocabulary.encoded(Self.bytes("banana")).map { vocabulary.tokens[$0].count } == [3, 3]
    )
    // No two stand together twice: fewer tokens than were asked for.
    let short = try ByteVocabulary(bytesOf: [Self.bytes("abc")]).merging(5, in: [Self.bytes("abc")])
    #expect(short.count == 4)
  }

  @Test func documentsAreReadBackAsTheyWere() throws {
    let random = RandomGenerator(seed: 1)
    let documents = (0..<200).map { place in
      Tensor.randomIntegers(97..<103, [place % 40], using: random).scalars(Int.self).map(UInt8.init)
    }
    let bytes = ByteVocabulary(bytesOf: documents)
    let merged = try bytes.merging(40, in: documents)
    #expect(merged.count == bytes.count + 40)
    for document in documents {
      let tokens = try merged.encoded(document)
      #expect(merged.decoded(tokens) == document && !tokens.contains(0))
      // The longest token there is, at each place.
      var place = 0
      for token in tokens {
        let longest = merged.tokens.filter { document[place...].starts(with: $0) }.map(\.count)
          .max()
        #expect(longest == merged.tokens[token].count)
        place += merged.tokens[token].count
      }
    }
    let kept = try JSONDecoder().decode(ByteVocabulary.self, from: JSONEncoder().encode(merged))
    #expect(kept == merged)
  }

  @Test(arguments: [
    ("[]", "must be different"), ("[[97]]", "the end of a line"), ("[[10], []]", "none empty"),
    ("[[10], [97], [97]]", "different"), ("[[10], [97, 10]]", "no other"),
  ])
  func noVocabulary(_ text: String, _ says: String) {
    let error = #expect(throws: LanguageError.self) {
      try JSONDecoder().decode(ByteVocabulary.self, from: Data(text.utf8))
    }
    #expect(error?.description.contains(says) == true)
  }

  @Test(arguments: ["x", "a\na"])
  func unknownBytesAreRefused(_ text: String) {
    let vocabulary = ByteVocabulary(bytesOf: [Self.bytes("abc\nabc")])
    #expect(throws: LanguageError.self) { try vocabulary.encoded(Self.bytes(text)) }
  }
}
