/// Intervals by name, one below the other: differences and how uncertain they are.
public struct IntervalChart: Chart, Hashable {
  public struct Row: Hashable, Sendable {
    public var name: String
    public var value: Double
    public var interval: ClosedRange<Double>
    /// What stands at the right, such as a word about it.
    public var remark: String

    public init(_ name: String, value: Double, interval: ClosedRange<Double>, remark: String = "") {
      (self.name, self.value, self.interval, self.remark) = (name, value, interval, remark)
    }
  }

  public var title: String
  public var x: Axis
  public var rows: [Row]
  /// What is shaded behind the intervals, such as differences that would not matter.
  public var band: ClosedRange<Double>?

  public init(title: String, x: Axis, rows: [Row], band: ClosedRange<Double>? = nil) {
    (self.title, self.x, self.rows, self.band) = (title, x, rows, band)
  }

  private static let left = 180.0
  private static let right = 520.0
  private static let top = 36.0
  private static let step = 24.0

  public var svg: String {
    let ends = rows.flatMap { [$0.interval.lowerBound, $0.value, $0.interval.upperBound] }
    let axis = x.fitted(to: ends + (band.map { [$0.lowerBound, $0.upperBound] } ?? []) + [0])
    let bottom = Self.top + Self.step * Double(max(rows.count, 1)) + 6
    var svg = SVG(width: 640, height: bottom + 52)
    /// Where a number lies, at the nearer end if it is outside.
    func across(_ value: Double) -> Double {
      let place = min(max(axis.place(value) ?? (value > 0 ? 1 : 0), 0), 1)
      return Self.left + place * (Self.right - Self.left)
    }
    svg.text(title, 8, 22, "title")
    if let band {
      let (low, high) = (across(band.lowerBound), across(band.upperBound))
      svg.rectangle(low, Self.top, high - low, bottom - Self.top, "band")
    }
    for mark in axis.marks {
      svg.line(across(mark), Self.top, across(mark), bottom, "grid")
      svg.text(axis.text(mark), across(mark), bottom + 18, anchor: "middle")
    }
    svg.line(Self.left, bottom, Self.right, bottom, "axis")
    svg.line(across(0), Self.top, across(0), bottom, "guide")
    svg.text(x.title, (Self.left + Self.right) / 2, bottom + 40, anchor: "middle")
    for (index, row) in rows.enumerated() {
      let height = Self.top + Self.step * (Double(index) + 0.5) + 3
      svg.text(row.name, Self.left - 8, height + 4, anchor: "end")
      svg.text(row.remark, Self.right + 10, height + 4)
      guard row.value.isFinite else { continue }
      let (low, high) = (across(row.interval.lowerBound), across(row.interval.upperBound))
      svg.line(low, height, high, height, "l0")
      svg.line(low, height - 4, low, height + 4, "e0")
      svg.line(high, height - 4, high, height + 4, "e0")
      svg.circle(across(row.value), height, radius: 4, "f0")
    }
    return svg.document(title: title)
  }
}
