import Foundation

/// Reads one data file of WordNet, a line a synset:
///
/// ```
/// 00001930 03 n 01 physical_entity 0 001 @ 00001740 n 0000 | an entity that has physical existence
/// ```
struct WordNetReader {
  /// How files name synsets: by part of speech and a number.
  struct Name: Hashable, CustomStringConvertible {
    let part: WordNet.PartOfSpeech
    let offset: Int

    var description: String { "\(offset) of \(part.file)" }
  }

  struct Pointer {
    let symbol: String
    let target: Name
    let line: Int
  }

  /// Bytes; the longest of WordNet 3.0 has 15 million.
  private static let limit = 1 << 28

  /// - Parameter take: Is given each synset; returns what is wrong with it, or nil.
  /// - Throws: ``FileError`` that names the line.
  static func read(
    _ file: URL,
    _ part: WordNet.PartOfSpeech,
    take: (Name, WordNet.Synset, [Pointer]) -> String?
  ) throws {
    let data: Data
    do {
      data = try RegularFile.data(file, atMost: limit)
    } catch {
      throw FileError(file, "it cannot be read (\(sentence(for: error)))", FileError.fetchAgain)
    }
    try data.withUnsafeBytes { bytes in
      var (line, start) = (0, 0)
      while start < bytes.count {
        line += 1
        let newline = memchr(bytes.baseAddress! + start, 0x0A, bytes.count - start)
        let end = newline.map { UnsafeRawPointer($0) - bytes.baseAddress! } ?? bytes.count
        defer { start = end + 1 }
        // The licence stands above the synsets, in lines that begin with two spaces.
        if end == start || bytes[start] == UInt8(ascii: " ") { continue }
        var reader = WordNetReader(
          rest: UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
          line: line,
          part: part
        )
        let problem: String?
        do {
          let (name, synset, pointers) = try reader.synset()
          problem = take(name, synset, pointers)
        } catch let error as Problem {
          problem = error.text
        }
        guard problem == nil else {
          throw FileError(file, at: .row(line, column: nil), problem!, FileError.fetchAgain)
        }
      }
    }
  }

  private struct Problem: Error {
    let text: String
  }

  /// What of the line was not read yet.
  private var rest: UnsafeRawBufferPointer
  private let line: Int
  private let part: WordNet.PartOfSpeech

  private init(rest: UnsafeRawBufferPointer, line: Int, part: WordNet.PartOfSpeech) {
    (self.rest, self.line, self.part) = (rest, line, part)
  }

  private mutating func synset() throws -> (Name, WordNet.Synset, [Pointer]) {
    let offset = try number("the synset's number", below: 1_000_000_000)
    let topic = try number("the lexicographer file", below: WordNet.topics.count)
    let kind = try field("the kind of synset")
    guard Self.part(kind) == part else {
      throw Problem(text: "\(shown(kind)) is no kind of synset of \(part.file)")
    }
    let words = try (0..<(try number("the number of words", below: 256, base: 16))).map { _ in
      let word = String(decoding: try field("a word"), as: UTF8.self)
      _ = try field("a word's number")
      return word
    }
    guard !words.isEmpty else { throw Problem(text: "the synset has no words") }
    let pointers = try (0..<(try number("the number of relations", below: 1_000))).map { _ in
      let symbol = String(decoding: try field("a relation's symbol"), as: UTF8.self)
      let target = try number("a relation's target", below: 1_000_000_000)
      let kind = try field("the kind of a relation's target")
      guard let part = Self.part(kind) else {
        throw Problem(text: "\(shown(kind)) is no kind of synset")
      }
      _ = try field("which words a relation is between")
      return Pointer(symbol: symbol, target: Name(part: part, offset: target), line: line)
    }
    // Sentence frames of verbs may stand between.
    guard let bar = rest.firstIndex(of: UInt8(ascii: "|")) else {
      throw Problem(text: "there is no | with a gloss behind it")
    }
    let gloss = String(decoding: rest[(bar + 1)...], as: UTF8.self)
    let synset = WordNet.Synset(
      partOfSpeech: part,
      topic: topic,
      words: words,
      gloss: gloss.trimmingCharacters(in: .whitespaces)
    )
    return (Name(part: part, offset: offset), synset, pointers)
  }

  /// What is written up to the next space.
  private mutating func field(_ name: String) throws -> UnsafeRawBufferPointer {
    let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
    guard end > 0 else { throw Problem(text: "\(name) is missing") }
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.endIndex)...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<end])
  }

  private mutating func number(_ name: String, below limit: Int, base: Int = 10) throws -> Int {
    let text = try field(name)
    let isPlain = text.allSatisfy { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
    let value = isPlain ? Int(String(decoding: text, as: UTF8.self), radix: base) : nil
    guard let value, value < limit else {
      throw Problem(text: "\(name) is \(shown(text)), no whole number below \(limit)")
    }
    return value
  }

  private static func part(_ letter: UnsafeRawBufferPointer) -> WordNet.PartOfSpeech? {
    guard letter.count == 1 else { return nil }
    return switch letter[0] {
    case UInt8(ascii: "n"): .noun
    case UInt8(ascii: "v"): .verb
    // Satellites are adjectives that gather around one that has an opposite.
    case UInt8(ascii: "a"), UInt8(ascii: "s"): .adjective
    case UInt8(ascii: "r"): .adverb
    default: nil
    }
  }
}
