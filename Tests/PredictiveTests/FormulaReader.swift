import Foundation

/// A number, a vector or a matrix of a formula.
struct FormulaValue {
  /// Row by row.
  let numbers: [Double]
  /// Of a matrix; nil for others.
  let columns: Int?

  init(_ number: Double) { (numbers, columns) = ([number], nil) }

  init(vector: [Double]) { (numbers, columns) = (vector, nil) }

  init(rows: [[Double]]) { (numbers, columns) = (rows.flatMap { $0 }, rows[0].count) }

  /// The product: of a matrix and a vector, or of a number and anything.
  static func * (a: FormulaValue, b: FormulaValue) -> FormulaValue {
    if let columns = a.columns {
      return FormulaValue(
        vector: (0..<(a.numbers.count / columns)).map { row in
          (0..<columns).reduce(0) { $0 + a.numbers[row * columns + $1] * b.numbers[$1] }
        }
      )
    }
    return FormulaValue(vector: b.numbers.map { a.numbers[0] * $0 })
  }

  static func + (a: FormulaValue, b: FormulaValue) -> FormulaValue {
    FormulaValue(vector: zip(a.numbers, b.numbers).map { $0 + $1 })
  }
}

/// Reads a formula as it is printed, and says what it comes to.
struct FormulaReader {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private let characters: [Character]
  private let known: [String: FormulaValue]
  private var place = 0

  /// What stands right of the last `=` outside of parentheses, up to the widths in brackets.
  static func value(of formula: String, _ known: [String: FormulaValue]) throws -> FormulaValue {
    var depth = 0
    var start = formula.startIndex
    for index in formula.indices {
      if "([".contains(formula[index]) { depth += 1 }
      if ")]".contains(formula[index]) { depth -= 1 }
      if depth == 0, formula[index] == "=" { start = formula.index(after: index) }
    }
    let right = formula[start...].replacing(/\[\d+(–\d+)+\]/, with: "")
    var reader = FormulaReader(characters: Array(right), known: known)
    let value = try reader.sum()
    guard reader.next == nil else { throw reader.unreadable("the end") }
    return value
  }

  private init(characters: [Character], known: [String: FormulaValue]) {
    (self.characters, self.known) = (characters, known)
  }

  private func unreadable(_ wanted: String) -> Unreadable {
    Unreadable(description: "\(wanted) expected at \(place) of '\(String(characters))'")
  }

  /// The next character that is no space.
  private var next: Character? {
    characters[place...].first { $0 != " " }
  }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character else { return false }
    place = characters[place...].firstIndex(of: character)! + 1
    return true
  }

  private mutating func sum() throws -> FormulaValue {
    var sign = take("−") ? -1.0 : 1
    var total: FormulaValue?
    while true {
      let term = FormulaValue(sign) * (try product())
      total = total.map { $0 + term } ?? term
      if take("+") { sign = 1 } else if take("−") { sign = -1 } else { return total! }
    }
  }

  private mutating func product() throws -> FormulaValue {
    let first = try factor()
    if take("/") { return FormulaValue(1 / (try factor()).numbers[0]) * first }
    // Side by side: what stands right binds first, as a matrix does to what it multiplies.
    guard let next, next.isLetter || next.isNumber || next == "(" else { return first }
    return first * (try product())
  }

  private mutating func factor() throws -> FormulaValue {
    var value = try atom()
    if take("²") { value = FormulaValue(vector: value.numbers.map { $0 * $0 }) }
    return value
  }

  private mutating func atom() throws -> FormulaValue {
    if take("(") {
      let parts = try list()
      return parts.count == 1 ? parts[0] : FormulaValue(vector: parts.map { $0.numbers[0] })
    }
    if take("[") {
      var rows: [[Double]] = []
      repeat { rows.append(try atom().numbers) } while take(",")
      guard take("]") else { throw unreadable("]") }
      return FormulaValue(rows: rows)
    }
    guard let first = next else { throw unreadable("a number or a name") }
    place = characters[place...].firstIndex(of: first)!
    let start = place
    if first.isNumber, first.isASCII {
      while place < characters.count, isDigit(at: place) { place += 1 }
      guard let number = Double(String(characters[start..<place]).replacing("−", with: "-")) else {
        throw unreadable("a number")
      }
      return FormulaValue(number)
    }
    while place < characters.count,
      characters[place].isLetter || characters[place].isNumber && characters[place] != "²"
    {
      place += 1
    }
    let name = String(characters[start..<place])
    if let value = known[name] { return value }
    guard !name.isEmpty, take("(") else { throw unreadable("something known, not '\(name)'") }
    return try apply(name, try list())
  }

  private func isDigit(at place: Int) -> Bool {
    let character = characters[place]
    if character.isASCII, character.isNumber || character == "." || character == "e" { return true }
    return (character == "+" || character == "-" || character == "−") && place > 0
      && characters[place - 1] == "e"
  }

  /// What stands in parentheses that are open already.
  private mutating func list() throws -> [FormulaValue] {
    var parts: [FormulaValue] = []
    repeat { parts.append(try sum()) } while take(",") || take(";")
    guard take(")") else { throw unreadable(")") }
    return parts
  }

  private func apply(_ name: String, _ arguments: [FormulaValue]) throws -> FormulaValue {
    let numbers = arguments.flatMap(\.numbers)
    func map(_ function: (Double) -> Double) -> FormulaValue {
      FormulaValue(vector: numbers.map(function))
    }
    switch name {
    case "exp": return map { exp($0) }
    case "tanh": return map { tanh($0) }
    case "σ": return map { 1 / (1 + exp(-$0)) }
    case "Φ": return map { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    case "diag":
      return FormulaValue(
        rows: numbers.indices.map { i in numbers.indices.map { i == $0 ? numbers[i] : 0 } }
      )
    case "softmax":
      let total = numbers.reduce(0) { $0 + exp($1) }
      return map { exp($0) / total }
    case "Poisson":
      return FormulaValue(exp(numbers[0] * log(numbers[1]) - numbers[1]) / tgamma(numbers[0] + 1))
    case "t":
      let (y, nu, s) = (numbers[0], numbers[1], numbers[3])
      let z = (y - numbers[2]) / s
      let scale = tgamma(nu / 2 + 0.5) / (tgamma(nu / 2) * (nu * .pi).squareRoot() * s)
      return FormulaValue(scale * pow(1 + z * z / nu, -(nu + 1) / 2))
    case "N" where arguments[0].numbers.count == 2:
      let (y, m, v) = (arguments[0].numbers, arguments[1].numbers, arguments[2].numbers)
      let (a, b) = (y[0] - m[0], y[1] - m[1])
      let determinant = v[0] * v[3] - v[1] * v[2]
      let square = (v[3] * a * a - 2 * v[1] * a * b + v[0] * b * b) / determinant
      return FormulaValue(exp(-square / 2) / (2 * .pi * determinant.squareRoot()))
    case "N":
      let z = numbers[0] - numbers[1]
      return FormulaValue(exp(-z * z / (2 * numbers[2])) / (2 * .pi * numbers[2]).squareRoot())
    default: throw unreadable("a function, not '\(name)'")
    }
  }
}
