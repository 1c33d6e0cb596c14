import Foundation
import Testing

@testable import Language

/// Files that are damaged, hostile, or need what is not read.
@Suite struct TokenizerRefusalTests {
  private static let wordPiece = #""type":"WordPiece","unk_token":"u","vocab":{"u":0,"a":1}"#
  private static let pairs = #""type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]"#

  private static func file(_ model: String, _ others: String = "") -> String {
    "{\(others)\"model\":{\(model)}}"
  }

  static let refused: [(text: String, reason: String)] = [
    ("", "ends in the middle"),
    ("[1]", "is not an object"),
    ("{}", "has no model"),
    ("{\"model\":1}", "has model, which is not an object"),
    (file(#""type":"WordLevel","vocab":{}"#), "has a model of type 'WordLevel'"),
    (file(#""type":"WordPiece","unk_token":"u","vocab":{}"#), "without tokens"),
    (
      file(#""type":"WordPiece","unk_token":"x","vocab":{"a":0}"#), "names 'x' as the unknown token"
    ),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"b":0}"#), "the same number 0"),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"b":-1}"#), "'b' the number -1"),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"b":4e9}"#), "beyond what 2 tokens"),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"b":1e300}"#), "no whole one"),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"b":0.5}"#), "no whole one"),
    (file(#""type":"WordPiece","unk_token":"a","vocab":{"a":0,"a":1}"#), "has 'a' twice"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":["a b"]"#), "no token 'b'"),
    (file(#""type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]"#), "no token 'ab'"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":["a"]"#), "merge 0, which is no pair"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":["a "]"#), "merge 0, which is no pair"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":[["a",""]]"#), "merge 0, which is no pair"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":[["a",1]]"#), "merge 0, which is no pair"),
    (file(#""type":"BPE","vocab":{"a":0},"merges":{}"#), "has model.merges, which is not a list"),
    (file(pairs + #","dropout":0.1"#), "drawn by chance"),
    (file(pairs + #","byte_fallback":true"#), "'<0x00>' as the token of a byte"),
    (file(pairs + #","end_of_word_suffix":"</w>""#), "byte pairs with one are not read"),
    (file(#""type":"Unigram","unk_id":0,"vocab":[["a"]]"#), "entry 0 of model.vocab"),
    (file(#""type":"Unigram","unk_id":1,"vocab":[["a",0]]"#), "from 0 to 0"),
    (file(#""type":"Unigram","unk_id":0,"vocab":[]"#), "without tokens"),
    (file(#""type":"Unigram","unk_id":0,"vocab":[["a",0],["a",1]]"#), "the token 'a' twice"),
    (file(#""type":"Unigram","unk_id":0,"vocab":[["a",1e999]]"#), "is no JSON"),
    (file(wordPiece, #""normalizer":{"type":"Nmt"},"#), "has normalizer of type 'Nmt'"),
    (file(wordPiece, #""normalizer":7,"#), "has normalizer, which is not an object"),
    (
      file(
        wordPiece,
        #""normalizer":{"type":"Replace","pattern":{"Regex":"(a+)+$"},"content":""},"#
      ),
      "regular expression"
    ),
    (
      file(wordPiece, #""normalizer":{"type":"Replace","pattern":{"String":""},"content":"x"},"#),
      "replaces a text that is empty"
    ),
    (
      file(wordPiece, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"},"#),
      "no table of characters"
    ),
    (
      file(wordPiece, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"////fw=="},"#),
      "no table of characters"
    ),
    (file(wordPiece, #""pre_tokenizer":{"type":"Split"},"#), "has pre_tokenizer of type 'Split'"),
    (
      file(wordPiece, #""pre_tokenizer":{"type":"Metaspace","replacement":""},"#),
      "which is not one character"
    ),
    (file(wordPiece, #""added_tokens":[{"id":5,"content":""}],"#), "which is empty"),
    (file(wordPiece, #""added_tokens":[{"id":-5,"content":"x"}],"#), "whole number from 0"),
    (file(wordPiece, #""added_tokens":[{"id":99999999,"content":"x"}],"#), "whole number from 0"),
    (file(wordPiece, #""added_tokens":[{"id":0,"content":"a"}],"#), "and its vocabulary 1"),
    (file(wordPiece, #""added_tokens":[{"id":0,"content":"x"}],"#), "the same number 0"),
    (
      file(wordPiece, #""post_processor":{"type":"BertProcessing","cls":["a",1],"sep":["b",9]},"#),
      "puts the token 9 around texts"
    ),
    (
      file(
        wordPiece,
        #""post_processor":{"type":"TemplateProcessing","single":[],"special_tokens":{}},"#
      ), "leaves the text out"
    ),
    (String(repeating: "[", count: 40), "nested too deeply"),
    (#"{"model":{"type":"\ud800"}}"#, "is no JSON"),
    (#"{"model":{"type":"WordPiece"}} more"#, "is no JSON"),
  ]

  @Test(arguments: refused) func isRefusedInOneSentence(text: String, reason: String) throws {
    let error = try #require(throws: LanguageError.self) {
      try Tokenizer(json: Data(text.utf8))
    }
    #expect(error.description.contains(reason), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test func fileIsNamed() throws {
    let missing = URL(fileURLWithPath: "/nonexistent/tokenizer.json")
    let error = try #require(throws: LanguageError.self) { try Tokenizer(missing) }
    #expect(error.description.contains("/nonexistent/tokenizer.json"))
  }

  /// Every file that lacks some bytes is refused or works; none ends the program.
  @Test func shortenedFilesDoNoHarm() throws {
    let whole = try Fixture.tokenizer("sentencePiece")
    for count in stride(from: 0, to: whole.count, by: 97) {
      #expect(throws: LanguageError.self) { try Tokenizer(json: whole.prefix(count)) }
    }
  }

  /// A table of characters with wrong places in it stays within itself.
  @Test func changedTablesDoNoHarm() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let table = Data((0..<96).map { _ in UInt8.random(in: 0...127, using: &generator) })
      let bytes = Data([64, 0, 0, 0]) + table
      let text = Self.file(
        Self.wordPiece,
        #""normalizer":{"type":"Precompiled","precompiled_charsmap":"\#(bytes.base64EncodedString())"},"#
      )
      let tokenizer = try? Tokenizer(json: Data(text.utf8))
      _ = tokenizer?.ids(of: "abc déf \u{0} 漢字 👩‍👧")
    }
  }
}
