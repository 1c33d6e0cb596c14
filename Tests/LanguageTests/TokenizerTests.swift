import Foundation
import Tensors
import Testing

@testable import Language

@Suite struct TokenizerTests {
  private let tokenizer = try! Tokenizer(json: Fixture.tokenizer("wordPiece"))

  @Test func tokensHaveIdsAndIdsTokens() throws {
    let id = try #require(tokenizer.id(of: "[SEP]"))
    #expect(tokenizer.token(id) == "[SEP]")
    #expect(tokenizer.id(of: "no such token") == nil)
    #expect(tokenizer.token(-1) == nil)
    #expect(tokenizer.token(tokenizer.idCount) == nil)
    #expect(tokenizer.token(tokenizer.idCount - 1) != nil)
  }

  @Test func whatIsTooLongLosesItsEndAndKeepsItsTemplate() {
    let text = "a teacher is observed, its student is compared with it"
    let whole = tokenizer.ids(of: text)
    for limit in 1...(whole.count + 2) {
      let ids = tokenizer.ids(of: text, atMost: limit)
      #expect(ids.count == min(limit, whole.count))
      if limit >= 2 { #expect(ids.last == whole.last) }
      #expect(ids.dropLast().elementsEqual(whole.prefix(ids.count - 1)) || limit < 2)
    }
  }

  @Test func paddedRowsEndWithMinusOne() {
    let texts = ["a teacher", "", "its student is compared with it"]
    let ids = tokenizer.padded(texts, to: 6)
    #expect(ids.shape == [3, 6])
    for (row, text) in zip(ids.unbound(), texts) {
      let own = row.scalars(Int.self)
      let wanted = tokenizer.ids(of: text, atMost: 6)
      #expect(Array(own.prefix(wanted.count)) == wanted)
      #expect(own.dropFirst(wanted.count).allSatisfy { $0 == -1 })
    }
    #expect(tokenizer.padded(["", ""], to: 9, withTemplate: false).shape == [2, 1])
  }

  /// Long words are no reason to take long.
  @Test(.timeLimit(.minutes(1)))
  func millionsOfBytesWithoutSpaceAreTokenized() throws {
    let text = String(repeating: "distillation", count: 20_000)
    for name in TokenizerReferenceTests.names {
      let tokenizer = try Tokenizer(json: Fixture.tokenizer(name))
      #expect(!tokenizer.ids(of: text).isEmpty, "\(name)")
    }
  }

  /// Tokens that differ only in Unicode's normal form are different tokens.
  @Test func normalFormsAreKeptApart() throws {
    let file =
      #"{"model":{"type":"BPE","vocab":{"\u00e9":0,"e":1,"\u0301":2,"e\u0301":3},"merges":[["e","\u0301"]]}}"#
    let tokenizer = try Tokenizer(json: Data(file.utf8))
    #expect(tokenizer.ids(of: "\u{e9}") == [0])
    #expect(tokenizer.ids(of: "e\u{301}") == [3])
  }
}
