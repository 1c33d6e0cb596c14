/// Intervals by name, one below the other: differences or estimates, and how uncertain they are.
public struct IntervalChart: Chart, Hashable {
  public struct Row: Hashable, Sendable {
    public var name: String
    public var value: Double
    /// The ends; infinite where there is none, and then drawn to the edge.
    public var lower: Double
    public var upper: Double
    /// What stands at the right, such as a word about it.
    public var remark: String

    public init(_ name: String, value: Double, lower: Double, upper: Double, remark: String = "") {
      (self.name, self.value, self.lower, self.upper) = (name, value, lower, upper)
      self.remark = remark
    }
  }

  public var title: String
  public var x: Axis
  public var rows: [Row]
  /// Where an upright line is drawn: no difference, or the true value.
  public var reference: Double?
  /// What is shaded behind the intervals, such as differences that would not matter.
  public var band: ClosedRange<Double>?

  public init(
    title: String,
    x: Axis,
    rows: [Row],
    reference: Double? = nil,
    band: ClosedRange<Double>? = nil
  ) {
    (self.title, self.x, self.rows) = (title, x, rows)
    (self.reference, self.band) = (reference, band)
  }

  private static let right = 620.0
  private static let top = 36.0
  private static let step = 24.0

  public var svg: String {
    let numbers =
      rows.flatMap { [$0.lower, $0.value, $0.upper] }
      + (band.map { [$0.lowerBound, $0.upperBound] } ?? []) + [reference].compactMap(\.self)
    let axis = x.fitted(to: numbers)
    // Names and remarks take the room they need.
    let left = min(320, 40 + 7 * Double(rows.map(\.name.count).max() ?? 0))
    let right = Self.right - 8 * Double(rows.map(\.remark.count).max() ?? 0)
    let bottom = Self.top + Self.step * Double(max(rows.count, 1)) + 6
    var svg = SVG(width: 640, height: bottom + 52)
    /// Where a number lies, at the nearer end if it is outside.
    func across(_ value: Double) -> Double {
      let place = min(max(axis.place(value) ?? (value > 0 ? 1 : 0), 0), 1)
      return left + place * (right - left)
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
    svg.line(left, bottom, right, bottom, "axis")
    if let reference {
      svg.line(across(reference), Self.top, across(reference), bottom, "guide")
    }
    svg.text(x.title, (left + right) / 2, bottom + 40, anchor: "middle")
    for (index, row) in rows.enumerated() {
      let height = Self.top + Self.step * (Double(index) + 0.5) + 3
      svg.text(row.name, left - 8, height + 4, anchor: "end")
      svg.text(row.remark, right + 10, height + 4)
      guard !row.value.isNaN else { continue }
      let (low, high) = (across(row.lower), across(row.upper))
      svg.line(low, height, high, height, "l0")
      for (end, value) in [(low, row.lower), (high, row.upper)] where value.isFinite {
        svg.line(end, height - 4, end, height + 4, "e0")
      }
      svg.circle(across(row.value), height, radius: 4, "f0")
    }
    return svg.document(title: title)
  }
}
