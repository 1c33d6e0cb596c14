import Foundation

/// Numbers as text, to as many digits as they deserve.
public enum Uncertain {
  /// `value` ± `error` with two significant digits of the error: `0.8812 ± 0.0065`,
  /// `12350 ± 230`, `(1.23 ± 0.45)e-12`. An unknown error is printed as `?`.
  public static func text(_ value: Double, plusMinus error: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard error.isFinite else { return "\(short(value)) ± ?" }
    // Powers of ten beyond those of numbers have no scale.
    guard error > 1e-290 else { return "\(short(value)) ± 0" }
    let largest = exponent(max(abs(value), error))
    let scale = (-5...9).contains(largest) ? 0 : largest
    let (shownValue, shownError) = (scaled(value, by: -scale), scaled(error, by: -scale))
    // 0.0996 rounds up to 0.10: its digits are counted after rounding.
    let decimals = 1 - exponent(Double(String(format: "%.1e", shownError))!)
    let pair = "\(fixed(shownValue, decimals)) ± \(fixed(shownError, decimals))"
    return scale == 0 ? pair : "(\(pair))e\(scale)"
  }

  /// Four significant digits, without zeros at the end.
  public static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  /// With a number of decimals; rounded to tens, hundreds, … where it is negative.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    let rounded =
      decimals >= 0 ? value : scaled(scaled(value, by: decimals).rounded(), by: -decimals)
    let text = String(format: "%.*f", max(decimals, 0), rounded)
    // Not "-0.00".
    return text.first == "-" && !text.contains { "123456789".contains($0) }
      ? String(text.dropFirst()) : text
  }

  private static func exponent(_ value: Double) -> Int {
    value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
  }

  private static func scaled(_ value: Double, by power: Int) -> Double {
    power >= 0 ? value * pow(10, Double(power)) : value / pow(10, Double(-power))
  }
}
