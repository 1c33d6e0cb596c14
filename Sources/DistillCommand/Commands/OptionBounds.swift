import ArgumentParser

/// The numbers that an option takes.
enum NumberBounds {
  case positive(atMost: Double)
  case notNegative(atMost: Double)
  /// On either side of zero.
  case within(Double)
  /// Between 0 and 1, which are none themselves.
  case innerShare
  case share
  case shareBelowOne

  func contains(_ number: Double) -> Bool {
    switch self {
    case .positive(let most): number > 0 && number <= most
    case .notNegative(let most): number >= 0 && number <= most
    case .within(let most): number.magnitude <= most
    case .innerShare: number > 0 && number < 1
    case .share: number >= 0 && number <= 1
    case .shareBelowOne: number >= 0 && number < 1
    }
  }

  /// What they are, after "must be".
  var words: String {
    func text(_ number: Double) -> String { grouped(Int(number)) }
    return switch self {
    case .positive(let most): "above 0 and at most \(text(most))"
    case .notNegative(let most): "from 0 to \(text(most))"
    case .within(let most): "from \(text(-most)) to \(text(most))"
    case .innerShare: "between 0 and 1"
    case .share: "from 0 to 1"
    case .shareBelowOne: "from 0 to below 1"
    }
  }

  /// Learning rates of any optimizer.
  static let learningRate = NumberBounds.positive(atMost: 1_000)
  /// Standard deviations and variances; their squares are far from overflowing.
  static let spread = NumberBounds.positive(atMost: 1e12)
}

/// Refuses what an option cannot be, before any file is read; an option that was not given passes.
///
/// - Throws: `ValidationError` that names the option and its bounds.
func requireOption(_ name: String, _ value: Double?, _ bounds: NumberBounds) throws {
  guard let value, !bounds.contains(value) else { return }
  throw ValidationError("--\(name) \(value): must be \(bounds.words).")
}

/// Refuses a number of things that cannot be meant; an option that was not given passes.
///
/// - Parameter most: What is above it is a slip of the pen, and would take all memory or time.
func requireOption(
  _ name: String,
  _ value: Int?,
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  guard let value else { return }
  try withUsage { try requireCount("--\(name)", value, atLeast: least, atMost: most) }
}

/// The most steps, examples or draws of anything.
let mostSteps = 1_000_000_000

/// Makes an error of what was asked for one of usage.
///
/// - Parameter option: What the sentence is to begin with, where it does not name the option.
func withUsage<Result>(of option: String? = nil, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as CommandError {
    throw ValidationError((option.map { "--\($0) " } ?? "") + "\(error).")
  }
}
