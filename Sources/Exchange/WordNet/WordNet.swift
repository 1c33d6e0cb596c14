import Foundation
import Tensors

/// WordNet 3.0: 117,659 sets of words that mean the same, with their glosses and their relations
/// (Miller, *WordNet: A Lexical Database for English*, 1995).
///
/// ```swift
/// let wordNet = try WordNet(URL(fileURLWithPath: ".data/wordnet"))
/// print(wordNet.synsets[0].words, wordNet.synsets[0].gloss)
/// // ["entity"] that which is perceived or known or inferred to have its own distinct existence …
/// ```
public struct WordNet: Sendable {
  /// Words that mean the same.
  public struct Synset: Hashable, Sendable {
    public let partOfSpeech: PartOfSpeech
    /// Which of ``WordNet/topics`` it belongs to, from 0.
    public let topic: Int
    /// With underscores in place of spaces.
    public let words: [String]
    /// What they mean, with examples of their use.
    public let gloss: String
  }

  public enum PartOfSpeech: String, Hashable, Sendable, CaseIterable {
    case noun, verb
    case adjective = "adj"
    case adverb = "adv"

    /// The file that its synsets are in.
    public var file: String { "data.\(rawValue)" }
  }

  /// A relation that a synset is said to have with another, such as "is a kind of".
  public struct Relation: Hashable, Sendable {
    /// As `wninput(5WN)` has it: `@` for "is a kind of", `!` for "is the opposite of", ….
    public let symbol: String
    public let source: Int
    public let target: Int
  }

  /// Nouns, verbs, adjectives and adverbs, each in the order of their file.
  public let synsets: [Synset]
  /// In the order of their sources. Most are there in both directions.
  public let relations: [Relation]

  /// Reads `data.noun`, `data.verb`, `data.adj` and `data.adv` of a folder, as `wndb(5WN)` describes
  /// them.
  ///
  /// - Throws: ``FileError`` when one is missing or not what it should be, or a relation leads nowhere.
  public init(_ folder: URL) throws {
    var found: [Synset] = []
    var names: [WordNetReader.Name: Int] = [:]
    var pointers: [(source: Int, pointer: WordNetReader.Pointer, file: URL)] = []
    for part in PartOfSpeech.allCases {
      let file = folder.appendingPathComponent(part.file)
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw FileError(
          file,
          "there is no such file",
          "name a folder with the four data files of WordNet 3.0, or fetch them with make data-graphs"
        )
      }
      let first = found.count
      try WordNetReader.read(file, part) { name, synset, own in
        guard names.updateValue(found.count, forKey: name) == nil else {
          return "the synset \(name) is there twice"
        }
        pointers += own.map { (found.count, $0, file) }
        found.append(synset)
        return nil
      }
      guard found.count > first else {
        throw FileError(file, "it has no synset", FileError.fetchAgain)
      }
    }
    relations = try pointers.map { source, pointer, file in
      guard let target = names[pointer.target] else {
        throw FileError(
          file,
          at: .row(pointer.line, column: nil),
          "it points to the synset \(pointer.target), which is nowhere",
          "take all four files from one release of WordNet"
        )
      }
      return Relation(symbol: pointer.symbol, source: source, target: target)
    }
    synsets = found
  }

  /// The lexicographer files, which sort all synsets by part of speech and subject.
  public static let topics = [
    "adj.all", "adj.pert", "adv.all", "noun.Tops", "noun.act", "noun.animal", "noun.artifact",
    "noun.attribute", "noun.body", "noun.cognition", "noun.communication", "noun.event",
    "noun.feeling", "noun.food", "noun.group", "noun.location", "noun.motive", "noun.object",
    "noun.person", "noun.phenomenon", "noun.plant", "noun.possession", "noun.process",
    "noun.quantity", "noun.relation", "noun.shape", "noun.state", "noun.substance", "noun.time",
    "verb.body", "verb.change", "verb.cognition", "verb.communication", "verb.competition",
    "verb.consumption", "verb.contact", "verb.creation", "verb.emotion", "verb.motion",
    "verb.perception", "verb.possession", "verb.social", "verb.stative", "verb.weather", "adj.ppl",
  ]

  /// What each synset's topic is, `[synsets]`, Int64.
  public var labels: Tensor { Tensor(synsets.map(\.topic)) }

  /// Relations without their kinds as edges of a graph, `[2, relations]`, Int64: sources above
  /// targets, without those of a synset with itself.
  public var edges: Tensor {
    let others = relations.filter { $0.source != $0.target }
    return Tensor(others.map(\.source) + others.map(\.target), shape: [2, others.count])
  }
}
