import Exchange
import Foundation
import Tensors

/// Turns text into token ids, as a `tokenizer.json` of the `tokenizers` package says.
///
/// ```swift
/// let tokenizer = try Tokenizer(URL(fileURLWithPath: ".data/minilm/tokenizer.json"))
/// print(tokenizer.ids(of: "Knowledge, distilled."))
/// // [101, 3716, 1010, 4487, 16643, 11001, 1012, 102]
/// ```
///
/// WordPiece, byte pairs (GPT-2's on bytes, and those with a token for each byte to fall back on) and
/// Unigram are read, with the normalizers, pre-tokenizers and templates that are usual with them. What
/// is not read is refused by name. The same ids come out as of the package; truncation and padding in
/// the file are left to ``padded(_:to:withTemplate:)``.
public struct Tokenizer: Sendable {
  private enum Model: Sendable {
    case wordPiece(WordPiece)
    case bytePairs(BytePairs)
    case unigram(Unigram)

    var vocabulary: Vocabulary {
      switch self {
      case .wordPiece(let model): model.vocabulary
      case .bytePairs(let model): model.vocabulary
      case .unigram(let model): model.vocabulary
      }
    }
  }

  private let normalizer: TextNormalizer?
  private let preTokenizer: PreTokenizer?
  private let model: Model
  private let added: AddedTokens
  private let postProcessor: TokenTemplate
  /// One more than the largest id.
  public let idCount: Int

  /// Bytes; the largest in use have some 40 million.
  private static let limit = 1 << 26

  /// Reads a `tokenizer.json`.
  ///
  /// - Throws: ``LanguageError`` in one sentence when it cannot be read, is damaged, or needs what is
  ///   not read.
  public init(_ file: URL) throws {
    let data: Data
    do {
      data = try RegularFile.data(file, atMost: Self.limit)
    } catch let error as RunError {
      throw LanguageError(error.description)
    }
    do {
      try self.init(json: data)
    } catch {
      throw LanguageError("\(file.path) \(error)")
    }
  }

  /// Reads the text of a `tokenizer.json`.
  ///
  /// - Throws: ``LanguageError`` that says what the file is, has or names: "has merge 3, which is no
  ///   pair of tokens".
  public init(json data: Data) throws(LanguageError) {
    let file = JSONField(value: try JSONText(parsing: Array(data)), path: "")
    normalizer = try TextNormalizer(file["normalizer"])
    preTokenizer = try PreTokenizer(file["pre_tokenizer"])
    let field = try file["model"]
    guard !field.isNull else { throw LanguageError("has no model: it is no tokenizer.json") }
    // Files of earlier versions do not name it.
    switch try field["type"].isNull ? Self.guessed(field) : field["type"].text() {
    case "WordPiece": model = .wordPiece(try WordPiece(field))
    case "BPE": model = .bytePairs(try BytePairs(field))
    case "Unigram": model = .unigram(try Unigram(field))
    case let type:
      throw LanguageError(
        "has a model of type \(quoted(Array(type.utf8))), and those that are read are WordPiece, BPE "
          + "and Unigram"
      )
    }
    let vocabulary = model.vocabulary
    let added = try AddedTokens(file["added_tokens"], vocabulary, normalizing: normalizer)
    self.added = added
    idCount = max(vocabulary.tokens.count, (added.tokens.map(\.number).max() ?? -1) + 1)
    postProcessor = try TokenTemplate(file["post_processor"]) { number in
      number >= 0 && number < vocabulary.tokens.count && vocabulary.tokens[number] != nil
        || added.tokens.contains { $0.number == number }
    }
  }

  private static func guessed(_ field: JSONField) throws(LanguageError) -> String {
    if try !field["merges"].isNull { return "BPE" }
    if case .array = try field["vocab"].value { return "Unigram" }
    return "WordPiece"
  }

  /// The id of a token, nil where there is no such token.
  public func id(of token: String) -> Int? {
    let bytes = Array(token.utf8)
    return added.tokens.first { $0.content == bytes }?.number ?? model.vocabulary.number(of: bytes)
  }

  /// The token with an id, as it is written in the file, nil where there is none.
  public func token(_ id: Int) -> String? {
    let known = model.vocabulary.tokens
    let content =
      known.indices.contains(id) ? known[id] : added.tokens.first { $0.number == id }?.content
    return content.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The ids that the file's template puts around a text.
  public var template: (before: [Int], behind: [Int]) {
    (postProcessor.before, postProcessor.behind)
  }

  /// The token ids of a text.
  ///
  /// - Parameters:
  ///   - withTemplate: Whether the tokens that the file's template puts around a text are there, such
  ///     as `[CLS]` and `[SEP]`.
  ///   - limit: The most ids, those of the template among them; what is too long loses its end.
  public func ids(
    of text: String,
    withTemplate: Bool = true,
    atMost limit: Int = .max
  ) -> [Int] {
    var numbers = withTemplate ? postProcessor.before : []
    let behind = withTemplate ? postProcessor.behind : []
    let room = max(0, limit - behind.count)
    for part in added.split(Array(text.utf8)) where numbers.count <= room {
      guard case .text(let piece) = part else {
        if case .token(let number) = part { numbers.append(number) }
        continue
      }
      append(piece, to: &numbers)
    }
    if numbers.count > room { numbers.removeSubrange(room...) }
    return Array((numbers + behind).prefix(limit))
  }

  private func append(_ piece: ArraySlice<UInt8>, to numbers: inout [Int]) {
    let isFirst = piece.startIndex == 0
    let normalized = normalizer?(Array(piece)) ?? Array(piece)
    if normalized.isEmpty { return }
    for (index, part) in added.splitNormalized(normalized).enumerated() {
      switch part {
      case .token(let number): numbers.append(number)
      case .text(let text):
        let words =
          preTokenizer?.words(of: text, isFirst: isFirst && index == 0) ?? [text]
        for word in words where !word.isEmpty {
          switch model {
          case .wordPiece(let model): model.append(word, to: &numbers)
          case .bytePairs(let model): model.append(word, to: &numbers)
          case .unigram(let model): model.append(word, to: &numbers)
          }
        }
      }
    }
  }

  /// Token ids of texts side by side, `[texts, length]`, Int64: what embedding models take.
  ///
  /// Behind the last id of a text stands −1.
  ///
  /// - Parameter length: The most ids of a text. The result is as long as the longest text needs.
  public func padded(_ texts: [String], to length: Int, withTemplate: Bool = true) -> Tensor {
    precondition(length > 0, "padded: length \(length)")
    let rows = texts.map { ids(of: $0, withTemplate: withTemplate, atMost: length) }
    let width = max(1, rows.map(\.count).max() ?? 1)
    var all = [Int](repeating: -1, count: rows.count * width)
    for (index, row) in rows.enumerated() {
      for (place, id) in row.enumerated() { all[index * width + place] = id }
    }
    return Tensor(all, shape: [rows.count, width])
  }
}
