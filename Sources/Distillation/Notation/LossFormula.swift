import Networks

/// A loss as it can be written in text: its name, its settings, and how it is made of them.
public struct LossFormula: Nameable {
  public static let kind = "loss"

  /// A number that a formula takes.
  public struct Setting: Sendable {
    public let name: String
    /// What it is when it is not written; nil when it must be.
    public let standard: Double?
    public let allowed: AllowedNumbers

    public init(_ name: String, _ standard: Double? = nil, _ allowed: AllowedNumbers = .any) {
      (self.name, self.standard, self.allowed) = (name, standard, allowed)
    }
  }

  public let name: String
  /// Whether a formula compares intermediate values, named `of: tap` or `of: student → teacher`.
  public enum Taps: Sendable {
    case never
    /// The values, where no tap is named.
    case optional
    case required
    /// At two places, `from:` and `to:`.
    case flow
    /// At several places, from shallow to deep: `of: 1 3 → 2 5`.
    case stages

    /// The names of the arguments, with what stands there in general.
    var arguments: [(name: String, usual: String)] {
      switch self {
      case .never: []
      case .optional: [("of", "values")]
      case .required: [("of", "tap")]
      case .flow: [("from", "tap"), ("to", "tap")]
      case .stages: [("of", "tap tap …")]
      }
    }
  }

  public let settings: [Setting]
  public let taps: Taps
  let make: @Sendable (LossArguments) -> Loss

  /// What the loss is, in one line.
  public let summary: String

  /// - Parameters:
  ///   - summary: What the loss is, in one line.
  ///   - make: The loss of settings that were checked.
  public init(
    _ name: String,
    _ settings: [Setting] = [],
    taps: Taps = .never,
    summary: String? = nil,
    make: @escaping @Sendable (LossArguments) -> Loss
  ) {
    (self.name, self.settings, self.taps, self.make) = (name, settings, taps, make)
    self.summary = summary ?? Self.summaries[name] ?? ""
  }

  /// How it is written with its standard settings, such as `decoupledKullbackLeibler(target: 1,
  /// others: 8, temperature: 4)`.
  public var usage: String {
    let arguments =
      taps.arguments.map { "\($0.name): \($0.usual)" }
      + settings.map { "\($0.name): \($0.standard.map(numberText) ?? "…")" }
    return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))"
  }
}

/// What a setting may be.
public enum AllowedNumbers: Sendable {
  case any, positive, notNegative, fromOne
  /// 0 … 1; without its ends; without 1.
  case share, innerShare, shareBelowOne
  /// 1, 2, 3, …
  case count

  func contains(_ number: Double) -> Bool {
    guard number.isFinite else { return false }
    return switch self {
    case .any: true
    case .positive: number > 0
    case .notNegative: number >= 0
    case .fromOne: number >= 1
    case .share: (0...1).contains(number)
    case .innerShare: 0 < number && number < 1
    case .shareBelowOne: (0..<1).contains(number)
    case .count: number >= 1 && number <= 1e9 && number == number.rounded()
    }
  }

  /// What they are, after "must be".
  var words: String {
    switch self {
    case .any: "a finite number"
    case .positive: "positive"
    case .notNegative: "zero or positive"
    case .fromOne: "from 1"
    case .share: "from 0 to 1"
    case .innerShare: "between 0 and 1"
    case .shareBelowOne: "from 0 to below 1"
    case .count: "a whole number from 1"
    }
  }
}

/// The settings of a formula, every one with a value that is allowed.
public struct LossArguments {
  let numbers: [String: Double]
  /// Taps of student and teacher by the name of their argument.
  let taps: [String: (student: [String], teacher: [String])]

  /// What is compared where the formula relates intermediate values.
  public var embedding: Loss.Embedding { embedding("of") }

  /// What is compared at one of several places; the values where no tap is named.
  public func embedding(_ argument: String) -> Loss.Embedding {
    guard let own = taps[argument]?.student.first, let other = taps[argument]?.teacher.first else {
      return .values
    }
    return own == other ? .tap(own) : .taps(student: own, teacher: other)
  }

  /// The taps of student and teacher where a formula compares several.
  public var stages: (student: [String], teacher: [String]) { taps["of"] ?? ([], []) }

  /// A setting of the formula.
  public subscript(name: String) -> Double {
    guard let number = numbers[name] else {
      preconditionFailure(
        "LossFormula: there is no setting '\(name)' among \(numbers.keys.sorted())"
      )
    }
    return number
  }

  /// A setting that counts something.
  public func count(_ name: String) -> Int { Int(self[name]) }
}

/// A number as losses print it: whole ones without a point.
func numberText(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
}
