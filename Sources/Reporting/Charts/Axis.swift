import Foundation
import Mathematics

/// How numbers are laid along a side of a chart.
public struct Axis: Hashable, Sendable {
  public enum Scale: Hashable, Sendable {
    case linear
    /// Powers of ten at equal distances; for positive numbers.
    case logarithmic

    /// Whether a number has a place; sums and shares of those beyond have none.
    func canPlace(_ value: Double) -> Bool {
      switch self {
      case .linear: value.magnitude <= 1e290
      case .logarithmic: (1e-290...1e290).contains(value)
      }
    }
  }

  public var title: String
  public var scale: Scale
  /// The numbers at both ends. The default, nil, takes in all that is drawn.
  public var range: ClosedRange<Double>?

  public init(_ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.title = title
    self.scale = scale
    self.range = range
  }

  /// The axis with both ends and marks, for the numbers that are drawn.
  func fitted(to values: [Double]) -> FittedAxis {
    let usable = values.filter(scale.canPlace)
    let isLinear = scale == .linear
    var low: Double = range?.lowerBound ?? usable.min() ?? (isLinear ? 0 : 1)
    var high: Double = range?.upperBound ?? usable.max() ?? (isLinear ? 1 : 10)
    precondition(isLinear || low > 0, "Axis '\(title)': a logarithmic axis cannot begin at \(low)")
    // Steps between numbers that are nearly the same are no numbers.
    if low == high || isLinear && high - low < max(1e-290, 1e-14 * max(abs(low), abs(high))) {
      let room = max(abs(low) * 0.1, 0.5)
      (low, high) = isLinear ? (low - room, high + room) : (low / 2, high * 2)
    }
    return isLinear ? linear(low, high) : Self.logarithmic(low, high)
  }

  private func linear(_ lowest: Double, _ highest: Double) -> FittedAxis {
    var (low, high) = (lowest, highest)
    let step = Self.niceStep(high - low)
    if range == nil {
      low = (low / step + 1e-9).rounded(.down) * step
      high = (high / step - 1e-9).rounded(.up) * step
    }
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    let decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let marks = first <= last ? (first...last).map { Double($0) * step } : []
    let isPlain = max(abs(low), abs(high)) < 1e6 && step >= 1e-5
    return FittedAxis(low: low, high: high, scale: .linear, marks: marks) { value in
      isPlain ? Uncertain.fixed(value, decimals) : Uncertain.short(value)
    }
  }

  private static func logarithmic(_ low: Double, _ high: Double) -> FittedAxis {
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    // Between powers of ten only where there are few of these.
    let factors: [Double] = decades.count > 3 ? [1] : [1, 2, 5]
    var marks: [Double] = []
    for power in decades {
      for factor in factors {
        let mark = factor * pow(10, Double(power))
        if mark >= low * (1 - 1e-9), mark <= high * (1 + 1e-9) { marks.append(mark) }
      }
    }
    return FittedAxis(
      low: low,
      high: high,
      scale: .logarithmic,
      marks: marks,
      text: Uncertain.short
    )
  }

  /// 1, 2 or 5 times a power of ten, four to eight of which make the length.
  private static func niceStep(_ length: Double) -> Double {
    let raw = length / 5
    let power = pow(10, log10(raw).rounded(.down))
    return ([1, 2, 5, 10].first { $0 * power >= raw * (1 - 1e-9) } ?? 10) * power
  }
}

/// An axis whose ends are known.
struct FittedAxis {
  var low: Double
  var high: Double
  var scale: Axis.Scale
  var marks: [Double]
  var text: (Double) -> String

  init(
    low: Double,
    high: Double,
    scale: Axis.Scale,
    marks: [Double],
    text: @escaping (Double) -> String
  ) {
    (self.low, self.high, self.scale, self.marks, self.text) = (low, high, scale, marks, text)
  }

  /// How far along the axis a number lies, from 0 to 1; nil where it cannot be drawn.
  func place(_ value: Double) -> Double? {
    guard scale.canPlace(value) else { return nil }
    switch scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic: return log(value / low) / log(high / low)
    }
  }
}
