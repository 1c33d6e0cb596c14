import Tensors

/// What the numbers of inputs are divided by, so that pixels lie between 0 and 1: the same rule for
/// every kind of file.
package struct InputDivision {
  let divisor: Double
  /// The smallest and largest number as the file has them.
  let range: ClosedRange<Double>
  private let isAsked: Bool

  /// - Parameters:
  ///   - numbers: As the file has them, finite.
  ///   - areBytes: Whether the file says that they are bytes.
  ///   - arePixels: Whether it calls them pixels: then they are bytes if they are whole numbers up
  ///     to 255 that need more than seven bits.
  ///   - asked: What was asked for; nil follows the rule.
  package init(of numbers: Tensor, areBytes: Bool, arePixels: Bool = false, asked: Double?) {
    range = numbers.minimum().doubleValue...numbers.maximum().doubleValue
    isAsked = asked != nil
    let areWhole = { !(numbers - numbers.rounded .!= 0).containsTrue }
    let looksLikeBytes =
      arePixels && range.lowerBound >= 0 && (128...255).contains(range.upperBound) && areWhole()
    divisor = asked ?? (areBytes || looksLikeBytes ? 255 : 1)
  }

  /// Whether the columns of a table are called pixels.
  package static func arePixels(_ columns: [String]) -> Bool {
    columns.allSatisfy { $0.lowercased().hasPrefix("pixel") }
  }

  /// - Parameters:
  ///   - range: Of the numbers of files that do not call them pixels.
  ///   - areBytes: Whether files say that they are bytes.
  init(of range: ClosedRange<Double>, areBytes: Bool, asked: Double?) {
    (self.range, isAsked) = (range, asked != nil)
    divisor = asked ?? (areBytes ? 255 : 1)
  }

  package func apply(to numbers: Tensor) -> Tensor { divisor == 1 ? numbers : numbers / divisor }

  var remark: String {
    let numbers = "inputs from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
    guard divisor != 1 else { return numbers + (isAsked ? ", as they are" : ", taken as they are") }
    return numbers + ", divided by \(Self.text(divisor))" + (isAsked ? "" : " as bytes")
  }

  private static func text(_ number: Double) -> String {
    let rounded = Float(number)
    return rounded == rounded.rounded() && rounded.magnitude < 1e9
      ? "\(Int(rounded))" : "\(rounded)"
  }
}
