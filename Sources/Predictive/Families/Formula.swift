import Foundation

/// Numbers and sums as a reader would write them.
enum Formula {
  /// Four significant digits, without trailing zeros.
  ///
  /// - Parameter scale: Where it is given, so many more digits that differences of a hundredth of it
  ///   show.
  static func number(_ value: Double, resolving scale: Double? = nil) -> String {
    let steps = scale.map { log10(abs(value) / $0) + 3 } ?? 0
    let digits = steps > 4 ? Int(min(steps.rounded(.up), 17)) : 4
    let text = String(format: "%.\(digits)g", value)
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
  ///
  /// - Parameter scales: As of ``number(_:resolving:)``, of each.
  static func vector(_ values: [Double], resolving scales: [Double]? = nil) -> String {
    let texts = values.indices.map { number(values[$0], resolving: scales?[$0]) }
    return values.count == 1 ? texts[0] : "(\(texts.joined(separator: ", ")))"
  }

  static func subscripted(_ index: Int) -> String {
    String(String(index).map { Array("₀₁₂₃₄₅₆₇₈₉")[$0.wholeNumberValue!] })
  }
}
