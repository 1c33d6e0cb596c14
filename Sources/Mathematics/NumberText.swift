import Foundation

/// A whole number with a comma between thousands.
package func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  let groups = digits.reversed().enumerated().reduce(into: "") { text, digit in
    if digit.offset > 0 && digit.offset % 3 == 0 { text.append(",") }
    text.append(digit.element)
  }
  return (number < 0 ? "-" : "") + String(groups.reversed())
}

/// A time as people say it: "4 s", "2 min 05 s", "3 h 20 min".
package func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "a long time" }
  let whole = Int(seconds.rounded())
  switch whole {
  case ..<60: return "\(whole) s"
  case ..<3_600: return String(format: "%d min %02d s", whole / 60, whole % 60)
  default: return String(format: "%d h %02d min", whole / 3_600, whole / 60 % 60)
  }
}
