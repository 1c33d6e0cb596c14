/// A picture that stands alone: SVG with its own style, for light and dark screens and for paper.
public protocol Chart: Sendable {
  var title: String { get }
  /// The whole SVG document.
  var svg: String { get }
}

/// The frame that charts share: title, axes, marks and a legend.
struct Plot {
  /// The area where data is drawn.
  static let left = 70.0
  static let right = 620.0
  static let top = 40.0
  static let bottom = 340.0
  static let colors = 6

  let x: FittedAxis
  let y: FittedAxis
  var svg: SVG

  /// - Parameter hasMarksAlongX: Whether the lower axis has numbers; bars have names instead.
  init(
    title: String,
    x: (axis: Axis, fitted: FittedAxis),
    y: (axis: Axis, fitted: FittedAxis),
    names: [String],
    hasMarksAlongX: Bool = true
  ) {
    self.x = x.fitted
    self.y = y.fitted
    let legend = names.count > 1 ? names : []
    // As many names side by side as there is room for.
    let longest = legend.map(\.count).max() ?? 0
    let beside = longest <= 27 ? 3 : longest <= 42 ? 2 : 1
    svg = SVG(width: 640, height: 400 + 18 * Double((legend.count + beside - 1) / beside))
    svg.text(title, Self.left, 22, "title")
    for mark in self.y.marks {
      guard let at = height(mark) else { continue }
      svg.line(Self.left, at, Self.right, at, "grid")
      svg.text(self.y.text(mark), Self.left - 6, at + 4, anchor: "end")
    }
    if hasMarksAlongX {
      for mark in self.x.marks {
        guard let at = across(mark) else { continue }
        svg.line(at, Self.bottom, at, Self.bottom + 5, "axis")
        svg.text(self.x.text(mark), at, Self.bottom + 19, anchor: "middle")
      }
    }
    svg.line(Self.left, Self.bottom, Self.right, Self.bottom, "axis")
    svg.line(Self.left, Self.top, Self.left, Self.bottom, "axis")
    let middle = (Self.left + Self.right) / 2
    svg.text(x.axis.title, middle, Self.bottom + 40, anchor: "middle")
    svg.text(
      y.axis.title,
      16,
      (Self.top + Self.bottom) / 2,
      anchor: "middle",
      isUpright: true
    )
    for (index, name) in legend.enumerated() {
      let at = Self.left + 555 / Double(beside) * Double(index % beside)
      let line = Self.bottom + 62 + 18 * Double(index / beside)
      svg.rectangle(at, line - 9, 10, 10, "f\(index % Self.colors)")
      svg.text(name, at + 16, line)
    }
  }

  /// Where a number lies on the lower axis; nil outside of the plot.
  func across(_ value: Double) -> Double? {
    inside(x.place(value)).map { Self.left + $0 * (Self.right - Self.left) }
  }

  /// Where a number lies on the upright axis; nil outside of the plot.
  func height(_ value: Double) -> Double? {
    inside(y.place(value)).map { Self.bottom - $0 * (Self.bottom - Self.top) }
  }

  /// The same, moved to the nearer end: for the ends of error bars.
  func nearestHeight(_ value: Double) -> Double {
    let place = min(max(y.place(value) ?? (value > 0 ? 1 : 0), 0), 1)
    return Self.bottom - place * (Self.bottom - Self.top)
  }

  private func inside(_ place: Double?) -> Double? {
    place.flatMap { (-1e-9...1 + 1e-9).contains($0) ? $0 : nil }
  }

  mutating func errorBar(_ at: Double, _ value: Double, _ error: Double, color: Int) {
    guard error > 0, error.isFinite else { return }
    let (low, high) = (nearestHeight(value - error), nearestHeight(value + error))
    svg.line(at, low, at, high, "e\(color)")
    svg.line(at - 3, low, at + 3, low, "e\(color)")
    svg.line(at - 3, high, at + 3, high, "e\(color)")
  }
}
