import Foundation

/// Numbers and sums as a reader would write them.
enum Formula {
  /// Four significant digits, without trailing zeros.
  static func number(_ value: Double) -> String {
    let text = String(format: "%.4g", value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// `1.2 x₁ − 0.3 x₂`.
  static func linear(_ coefficients: [Double]) -> String {
    sum(coefficients.enumerated().map { ($1, " x\(subscripted($0 + 1))") })
  }

  /// Terms with their signs between them.
  static func sum(_ terms: [(factor: Double, name: String)]) -> String {
    terms.enumerated().map { index, term in
      let sign = term.factor < 0 ? (index == 0 ? "−" : " − ") : (index == 0 ? "" : " + ")
      return sign + number(abs(term.factor)) + term.name
    }.joined()
  }

  /// A vector, `(1, −2)`.
  static func vector(_ values: [Double]) -> String {
    values.count == 1 ? number(values[0]) : "(\(values.map(number).joined(separator: ", ")))"
  }

  static func subscripted(_ index: Int) -> String {
    String(String(index).map { Array("₀₁₂₃₄₅₆₇₈₉")[$0.wholeNumberValue!] })
  }
}
