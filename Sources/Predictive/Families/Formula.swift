import Foundation

/// Numbers and sums as a reader would write them.
enum Formula {
  /// Four significant digits, without trailing zeros.
  static func number(_ value: Double) -> String {
    let text = String(format: "%.4g", value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// `1.2 x₁ − 0.3 x₂`, or with names of the inputs `1.2 age − 0.3 bmi + 0.7`: an empty name is
  /// that of the constant 1.
  static func linear(_ coefficients: [Double], _ names: [String]? = nil) -> String {
    sum(
      coefficients.enumerated().map { index, factor in
        let name = names?[index] ?? "x\(subscripted(index + 1))"
        return (factor, name.isEmpty ? "" : " " + name)
      }
    )
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
