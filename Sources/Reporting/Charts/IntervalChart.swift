/// Intervals by name, one under the other, beside a line at the value they should hold.
public struct IntervalChart: Chart, Hashable {
  public struct Interval: Hashable, Sendable {
    public var name: String
    public var value: Double
    /// The ends; infinite where there is none, and then drawn to the edge.
    public var lower: Double
    public var upper: Double

    public init(_ name: String, value: Double, lower: Double, upper: Double) {
      (self.name, self.value, self.lower, self.upper) = (name, value, lower, upper)
    }
  }

  public var title: String
  public var x: Axis
  public var intervals: [Interval]
  /// Where the line is drawn.
  public var reference: Double?

  public init(title: String, x: Axis, intervals: [Interval], reference: Double? = nil) {
    (self.title, self.x, self.intervals, self.reference) = (title, x, intervals, reference)
  }

  public var svg: String {
    let numbers =
      intervals.flatMap { [$0.lower, $0.value, $0.upper] } + [reference].compactMap(\.self)
    let axis = x.fitted(to: numbers)
    let (left, right, top) = (230.0, 620.0, 40.0)
    let bottom = top + 24 * Double(max(intervals.count, 1))
    var svg = SVG(width: 640, height: bottom + 60)
    func across(_ value: Double) -> Double {
      let place = axis.place(value) ?? (value > 0 ? 1 : 0)
      return left + min(max(place, 0), 1) * (right - left)
    }
    svg.text(title, 10, 22, "title")
    for mark in axis.marks {
      svg.line(across(mark), top, across(mark), bottom, "grid")
      svg.text(axis.text(mark), across(mark), bottom + 19, anchor: "middle")
    }
    svg.line(left, bottom, right, bottom, "axis")
    svg.text(x.title, (left + right) / 2, bottom + 42, anchor: "middle")
    if let reference { svg.line(across(reference), top, across(reference), bottom, "guide") }
    for (index, interval) in intervals.enumerated() where !interval.value.isNaN {
      let at = top + 24 * Double(index) + 12
      let (low, high) = (across(interval.lower), across(interval.upper))
      svg.text(interval.name, left - 10, at + 4, anchor: "end")
      svg.line(low, at, high, at, "l0")
      for (end, value) in [(low, interval.lower), (high, interval.upper)] where value.isFinite {
        svg.line(end, at - 4, end, at + 4, "e0")
      }
      svg.circle(across(interval.value), at, radius: 3.5, "f0")
    }
    return svg.document(title: title)
  }
}
