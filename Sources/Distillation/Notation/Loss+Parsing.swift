import Networks

extension Loss {
  /// A loss as it is written in a program, and as losses print themselves.
  ///
  /// ```swift
  /// let loss = try Loss(parsing: "softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError")
  /// ```
  ///
  /// Settings that are left out have the library's defaults. Sums may stand in parentheses, and
  /// names with a point in front, `.crossEntropy()`.
  ///
  /// - Parameter losses: What can be written. The default is ``LossFormula/known``: every loss of this
  ///   room, unless you add your own.
  /// - Throws: ``DistillationError`` in one sentence with the place of what cannot be understood.
  public init(parsing text: String, among losses: Catalogue<LossFormula> = LossFormula.known) throws
  {
    var parser = LossParser(text, losses)
    self = try parser.loss()
  }
}

/// Reads a loss from text by recursive descent:
///
/// ```
/// sum      = [sign] product { sign product }
/// product  = number ['*'] product  |  '(' sum ')'  |  formula
/// formula  = ['.'] name [ '(' [ argument { ',' argument } ] ')' ]
/// argument = name ':' value
/// ```
struct LossParser {
  private let text: String
  private let losses: Catalogue<LossFormula>
  private let characters: [Character]
  private var place = 0
  /// Products and parentheses that are open: each takes room on the stack.
  private var depth = 0
  /// Formulas that were read: each costs every step.
  private var count = 0
  private static let most = 100

  init(_ text: String, _ losses: Catalogue<LossFormula>) {
    (self.text, self.losses) = (text, losses)
    characters = Array(text)
  }

  mutating func loss() throws -> Loss {
    let loss = try sum()
    guard place == characters.count else {
      throw refused("expected + or the end here, not '\(rest)'")
    }
    return loss
  }

  private mutating func sum() throws -> Loss {
    var total = try signed(take("-"))
    while true {
      if take("+") {
        total = total + (try product())
      } else if take("-") {
        total = total + (try signed(true))
      } else {
        return total
      }
    }
  }

  private mutating func signed(_ isNegative: Bool) throws -> Loss {
    let loss = try product()
    return isNegative ? -1 * loss : loss
  }

  private mutating func product() throws -> Loss {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.most else {
      throw refused("no more than \(Self.most) losses are written inside each other")
    }
    if let weight = try number() {
      guard take("*") || place < characters.count && characters[place].isLetter else {
        throw refused("expected * and a loss after \(numberText(weight))")
      }
      return weight * (try product())
    }
    guard take("(") else { return try formula() }
    let inner = try sum()
    guard take(")") else { throw refused("a parenthesis is not closed") }
    return inner
  }

  private mutating func formula() throws -> Loss {
    _ = take(".")
    let start = place
    count += 1
    guard count <= Self.most else {
      throw refused("a loss has at most \(Self.most) terms")
    }
    guard var name = word() else {
      throw refused(
        place == characters.count
          ? "a loss is missing here, such as softCrossEntropy()"
          : "expected a loss here, such as softCrossEntropy(), not '\(rest)'"
      )
    }
    var arguments = try take("(") ? self.arguments() : []
    // The one formula whose name is an argument.
    if name == "softTargets", let index = arguments.firstIndex(where: { $0.name == "as" }) {
      name = String(arguments.remove(at: index).value.drop { $0 == "." })
    }
    guard let formula = losses[name] else {
      throw refused(
        "there is no loss '\(name)'"
          + (LossFormula.suggestion(for: name, among: losses).map { ": did you mean \($0)?" }
            ?? ": losses are written as in the library, such as softCrossEntropy"),
        at: start
      )
    }
    return try make(formula, arguments)
  }

  private struct Argument {
    let name: String
    let value: String
    let place: Int
  }

  private mutating func arguments() throws -> [Argument] {
    var list: [Argument] = []
    if take(")") { return list }
    repeat {
      let start = skipSpace()
      guard let name = word(), take(":") else {
        throw refused("settings are written name: value, such as temperature: 4", at: start)
      }
      let valuePlace = skipSpace()
      while place < characters.count, !",)".contains(characters[place]) { place += 1 }
      let value = String(characters[valuePlace..<place]).trimmed
      list.append(Argument(name: name, value: value, place: start))
    } while take(",")
    guard take(")") else { throw refused("a parenthesis is not closed") }
    return list
  }

  private func make(_ formula: LossFormula, _ arguments: [Argument]) throws -> Loss {
    var numbers: [String: Double] = [:]
    var taps: [String: (student: [String], teacher: [String])] = [:]
    for argument in arguments {
      guard taps[argument.name] == nil, numbers[argument.name] == nil else {
        throw refused("\(formula.name) has \(argument.name) twice", at: argument.place)
      }
      if formula.taps.arguments.contains(where: { $0.name == argument.name }) {
        taps[argument.name] = try self.taps(argument, formula)
        continue
      }
      guard let setting = formula.settings.first(where: { $0.name == argument.name }) else {
        throw refused(
          "\(formula.name) has no setting '\(argument.name)': write \(formula.usage)",
          at: argument.place
        )
      }
      guard let number = Double(argument.value), setting.allowed.contains(number) else {
        throw refused(
          "\(setting.name) of \(formula.name) must be \(setting.allowed.words), not "
            + "'\(argument.value)'",
          at: argument.place
        )
      }
      numbers[setting.name] = number
    }
    let isComplete = formula.taps.arguments.allSatisfy { taps[$0.name] != nil }
    guard isComplete || formula.taps == .optional else {
      throw refused("\(formula.name) compares features: write \(formula.usage)")
    }
    for setting in formula.settings where numbers[setting.name] == nil {
      guard let standard = setting.standard else {
        throw refused("\(formula.name) needs \(setting.name): write \(formula.usage)")
      }
      numbers[setting.name] = standard
    }
    return formula.make(LossArguments(numbers: numbers, taps: taps))
  }

  /// Taps of the student and, after an arrow where they have other names, of the teacher; nil for the
  /// values.
  private func taps(
    _ argument: Argument,
    _ formula: LossFormula
  ) throws -> (student: [String], teacher: [String])? {
    if formula.taps == .optional, argument.value == "values" { return nil }
    let sides = argument.value.replacing("->", with: "→")
      .split(separator: "→", omittingEmptySubsequences: false)
      .map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    let count = sides[0].count
    let isOne = count == 1 || formula.taps == .stages && count > 0
    guard isOne, sides.count <= 2, sides.allSatisfy({ $0.count == count }) else {
      throw refused(
        formula.taps == .stages
          ? "name taps from shallow to deep, as many of the student as of the teacher, such as "
            + "\(argument.name): 1 3 → 2 5"
          : "name a tap, such as \(argument.name): 3, or one of each: \(argument.name): 3 → 5",
        at: argument.place
      )
    }
    return (sides[0], sides[sides.count - 1])
  }

  // MARK: Words and numbers

  /// What is left, short enough for a sentence.
  private var rest: String { String(characters[place...].prefix(20)) }

  private func refused(_ problem: String, at start: Int? = nil) -> DistillationError {
    DistillationError("loss '\(text)', character \((start ?? place) + 1): \(problem)")
  }

  @discardableResult
  private mutating func skipSpace() -> Int {
    while place < characters.count, characters[place].isWhitespace { place += 1 }
    return place
  }

  private mutating func take(_ character: Character) -> Bool {
    guard skipSpace() < characters.count, characters[place] == character else { return false }
    place += 1
    skipSpace()
    return true
  }

  private mutating func word() -> String? {
    let start = skipSpace()
    while place < characters.count,
      characters[place].isLetter || characters[place] == "_"
        || (place > start && characters[place].isNumber)
    { place += 1 }
    return place > start ? String(characters[start..<place]) : nil
  }

  /// A number with an optional sign, if one stands here.
  private mutating func number() throws -> Double? {
    let start = skipSpace()
    var end = start
    if end < characters.count, "+-".contains(characters[end]) { end += 1 }
    guard end < characters.count, characters[end].isNumber else { return nil }
    while end < characters.count,
      characters[end].isNumber || ".eE".contains(characters[end])
        || ("+-".contains(characters[end]) && "eE".contains(characters[end - 1]))
    { end += 1 }
    let written = String(characters[start..<end])
    guard let number = Double(written), number.isFinite else {
      throw refused("'\(written)' is not a number", at: start)
    }
    place = end
    return number
  }
}

extension String {
  fileprivate var trimmed: String {
    String(
      trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace)
        .reversed()
    )
  }
}
