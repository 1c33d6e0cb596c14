import Exchange
import Foundation
import Mathematics
import Networks

/// What a student must be worth and may cost, such as `agreement 0.95, 20 us, 100 KB`: parts in any order,
/// each at most once, separated by commas.
///
/// | written | is |
/// |---|---|
/// | `agreement 0.95`, `agreement 95%` | the share of examples for which it must choose the teacher's class |
/// | `accuracy 0.9` | the share of examples whose class it must find |
/// | `kl 0.05` | the mean KL(teacher ‖ student) that it may have, in nats |
/// | `20 us`, `800 ns`, `1.5 ms` | the time that it may take for one example |
/// | `100 KB`, `2 MB`, `4000 B` | the size that its exported file may have; a KB are 1,000 bytes |
///
/// The measures are those of the validation examples; without one the student is to come as close to its
/// teacher as the costs allow.
public struct FitBudget: Hashable, Sendable {
  /// What a student must be worth.
  public enum Measure: String, Sendable, CaseIterable {
    case agreement, accuracy
    /// KL(teacher ‖ student): smaller is better.
    case kl

    /// What may be asked for.
    var bounds: NumberBounds { self == .kl ? .positive(atMost: 100) : .positive(atMost: 1) }
  }

  /// A measure and how good it must be at least.
  public struct Target: Hashable, Sendable {
    public let measure: Measure
    public let value: Double
  }

  /// nil where the student is to be as good as its costs allow.
  public private(set) var target: Target?
  /// At most, for an example; nil where any time will do.
  public private(set) var nanoseconds: Int?
  /// At most, of the exported file; nil where any size will do.
  public private(set) var bytes: Int?

  /// Far beyond what is meant, and far from what overflows.
  private static let most = 1e15
  private static let times = [("ms", 1e6), ("us", 1e3), ("ns", 1)]
  private static let sizes = [("MB", 1e6), ("KB", 1e3), ("B", 1)]
  private static let example = "such as \"agreement 0.95, 20 us, 100 KB\""

  package init(_ target: Target?, nanoseconds: Int? = nil, bytes: Int? = nil) {
    (self.target, self.nanoseconds, self.bytes) = (target, nanoseconds, bytes)
  }

  /// - Throws: `RunError` in one sentence that says what of the text cannot be meant.
  public init(_ text: String) throws {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    for part in parts { try read(part.trimmingCharacters(in: .whitespaces)) }
  }

  private mutating func read(_ part: String) throws {
    func refused(_ problem: String) -> RunError { RunError("'\(abbreviated(part))': \(problem)") }
    guard !part.isEmpty else {
      throw RunError("a part of the budget is missing: write \(Self.example)")
    }
    let number = /([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*/
    if let found = part.wholeMatch(of: /([A-Za-z]\w*)\s+(\S.*)/) {
      guard let measure = Measure(rawValue: found.1.lowercased()) else {
        throw refused(Self.unknown(String(found.1), Measure.allCases.map(\.rawValue), "measure"))
      }
      guard target == nil else { throw refused("a student is asked for one measure") }
      let isShare = found.2.last == "%"
      guard let digits = (isShare ? found.2.dropLast() : found.2).wholeMatch(of: number),
        let value = Double(digits.1), !isShare || measure != .kl
      else { throw refused("write the measure and a number, \(Self.example)") }
      let asked = isShare ? value / 100 : value
      guard measure.bounds.contains(asked) else {
        throw refused("\(measure) must be \(measure.bounds.words)")
      }
      target = Target(measure: measure, value: asked)
      return
    }
    guard let digits = part.prefixMatch(of: number), let amount = Double(digits.1) else {
      throw refused("this is no part of a budget: write \(Self.example)")
    }
    let unit = part[digits.range.upperBound...].replacing(/[µμ]/, with: "u")
    func size(_ units: [(String, Double)]) throws -> Int? {
      guard let factor = units.first(where: { $0.0.lowercased() == unit.lowercased() })?.1 else {
        return nil
      }
      let count = (amount * factor).rounded()
      guard count >= 1, count <= Self.most else {
        throw refused("this is \(count < 1 ? "nothing" : "no limit"): write \(Self.example)")
      }
      return Int(count)
    }
    if let time = try size(Self.times) {
      guard nanoseconds == nil else { throw refused("a time is there already") }
      nanoseconds = time
    } else if let space = try size(Self.sizes) {
      guard bytes == nil else { throw refused("a size is there already") }
      bytes = space
    } else {
      let units = (Self.times + Self.sizes).reversed().map(\.0)
      throw refused(Self.unknown(String(unit), units, "unit"))
    }
  }

  private static func unknown(_ word: String, _ names: [String], _ kind: String) -> String {
    guard !word.isEmpty else { return "a \(kind) is missing: write \(example)" }
    return "there is no \(kind) '\(abbreviated(word))': "
      + (nearestName(to: word, among: names).map { "did you mean \($0)?" }
        ?? "there are \(names.joined(separator: ", "))")
  }
}

extension FitBudget: CustomStringConvertible {
  /// Reads back as the same.
  public var description: String {
    func text(_ count: Int, _ units: [(String, Double)]) -> String {
      let (unit, factor) = units.first { Double(count) >= $0.1 } ?? units.last!
      return "\(Self.plain(Double(count) / factor)) \(unit)"
    }
    return [
      target.map { "\($0.measure) \(Self.plain($0.value))" },
      nanoseconds.map { text($0, Self.times) }, bytes.map { text($0, Self.sizes) },
    ].compactMap(\.self).joined(separator: ", ")
  }

  /// The shortest text that reads back as the number.
  private static func plain(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension FitBudget: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// - Throws: `RunError` in one sentence.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }
}
