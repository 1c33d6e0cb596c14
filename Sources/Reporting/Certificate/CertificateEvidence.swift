import Foundation
import Tensors

/// What a certificate of one application says beside how it came to be. Doing its run again from the
/// recipe in its provenance repeats every number but times.
///
/// What compares a student with a control on labels is a ``Certificate``.
///
/// What is encoded is the evidence. On other machines numbers beside a key `standardError` may differ
/// by what chance allows.
public protocol CertificateEvidence: Codable {
  /// Such as "predictive".
  static var application: String { get }
  /// The keys of times, which are never twice the same.
  static var times: Set<String> { get }
  /// Whether doing the work again writes the same files of networks, notes and all. The default is yes.
  static var repeatsFiles: Bool { get }
  /// Nil in certificates of earlier versions.
  var provenance: Provenance? { get set }
  /// A hash of everything else.
  var seal: String? { get set }
  /// The evidence for people.
  var text: String { get }
}

extension CertificateEvidence {
  public static var repeatsFiles: Bool { true }

  /// Compares with a repetition. By the same program on the same machine with the same threads every
  /// number and word must be the same. Elsewhere numbers that have a standard error may differ by four
  /// of a difference, and others by a tenth of their size; words must be the same but for numbers in
  /// them. How far a number may be off is what the repetition says: an error that was written into the
  /// certificate excuses nothing.
  package func compared(with repetition: Self) throws -> ReplayResult {
    let isSame =
      provenance?.machine == repetition.provenance?.machine
      && provenance?.program.sha256 == repetition.provenance?.program.sha256
    let (mine, theirs) = (try leaves(), try repetition.leaves())
    let comparisons = Set(mine.keys).union(theirs.keys).sorted().compactMap { place in
      comparison(place, mine, theirs, isExact: isSame)
    }
    return ReplayResult(
      rule: isSame
        ? "same program, machine and threads: exact"
        : "another program, machine or number of threads: four standard errors of a difference, or "
          + "a tenth",
      comparisons: comparisons,
      original: nil,
      repeated: nil
    )
  }

  private func comparison(
    _ place: String,
    _ mine: [String: EvidenceLeaf],
    _ theirs: [String: EvidenceLeaf],
    isExact: Bool
  ) -> ReplayResult.Comparison? {
    switch (mine[place], theirs[place]) {
    case (.number(let own)?, .number(let other)?):
      return .init(
        name: place,
        original: own,
        repeated: other,
        tolerance: isExact ? 0 : Self.tolerance(place, own, other, mine, theirs)
      )
    case (.word(let own)?, .word(let other)?):
      // Networks are others there, and a sentence may hold another number.
      guard
        isExact
          ? own != other
          : !place.hasPrefix(Self.hash) && own.withoutNumbers != other.withoutNumbers
      else { return nil }
      return .init(
        name: "\(place): '\(own)', now '\(other)'",
        original: 0,
        repeated: 1,
        tolerance: 0
      )
    case (let own, let other):
      // In one of both alone, or a number in one and a word in the other.
      return .init(
        name: place,
        original: own?.number ?? .nan,
        repeated: other?.number ?? (own?.number == nil ? 0 : .nan),
        tolerance: 0
      )
    }
  }

  /// How far apart numbers of two machines may be.
  private static func tolerance(
    _ place: String,
    _ own: Double,
    _ other: Double,
    _ mine: [String: EvidenceLeaf],
    _ theirs: [String: EvidenceLeaf]
  ) -> Double {
    let key = place.split(separator: ".").dropLast().joined(separator: ".") + ".standardError"
    guard let error = mine[key]?.number, let repeated = theirs[key]?.number else {
      return 0.1 * max(own.magnitude, other.magnitude)
    }
    // Errors over a few seeds differ by several times, and one may be nothing by chance.
    if place == key { return repeated == 0 ? own : 0.9 * max(own, other) }
    let most = max(10 * repeated, 0.02 * other.magnitude)
    return 4 * hypot(min(max(error, 0), most), repeated)
  }

  private static var hash: String { "hash of " }

  /// All numbers and words by the keys that lead there, but times, the program and the seal; of the
  /// provenance the hashes of the student alone.
  private func leaves() throws -> [String: EvidenceLeaf] {
    var bare = self
    (bare.provenance, bare.seal) = (nil, nil)
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    let tree = try CarefulJSONDecoder().decode(EvidenceTree.self, from: encoder.encode(bare))
    var found: [String: EvidenceLeaf] = [:]
    func visit(_ tree: EvidenceTree, _ place: String) {
      switch tree {
      case .leaf(let leaf): found[place] = leaf
      case .list(let parts):
        for (index, part) in parts.enumerated() { visit(part, "\(place)[\(index + 1)]") }
      case .object(let parts):
        for (key, part) in parts where !Self.times.contains(key) && key != "program" {
          visit(part, place.isEmpty ? key : "\(place).\(key)")
        }
      case .nothing: break
      }
    }
    visit(tree, "")
    for network in Self.repeatsFiles ? provenance?.networks ?? [] : [] {
      found[Self.hash + "\(URL(fileURLWithPath: network.weights.name).lastPathComponent)"] =
        .word(network.weights.sha256)
    }
    return found
  }
}

private enum EvidenceLeaf {
  case number(Double)
  case word(String)

  var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }
}

extension String {
  fileprivate var withoutNumbers: String {
    replacing(/[-+−]?[0-9][0-9.,]*(e[-+]?[0-9]+)?/, with: "#")
  }
}

/// Any JSON, with its numbers to the last digit.
private indirect enum EvidenceTree: Decodable {
  case leaf(EvidenceLeaf)
  case list([EvidenceTree])
  case object([String: EvidenceTree])
  case nothing

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let flag = try? value.decode(Bool.self) {
      self = .leaf(.word("\(flag)"))
    } else if let number = try? value.decode(Double.self) {
      self = .leaf(.number(number))
    } else if let word = try? value.decode(String.self) {
      self = .leaf(.word(word))
    } else if let list = try? value.decode([EvidenceTree].self) {
      self = .list(list)
    } else if let object = try? value.decode([String: EvidenceTree].self) {
      self = .object(object)
    } else {
      self = .nothing
    }
  }
}
