/// Points: how two measures go together.
public struct ScatterChart: Chart, Hashable {
  public struct Group: Hashable, Sendable {
    public var name: String
    public var points: [LineChart.Point]

    public init(_ name: String, _ points: [LineChart.Point]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var x: Axis
  public var y: Axis
  public var groups: [Group]
  /// Whether the line x = y is drawn, for comparisons.
  public var showsDiagonal: Bool

  public init(title: String, x: Axis, y: Axis, groups: [Group], showsDiagonal: Bool = false) {
    (self.title, self.x, self.y, self.groups) = (title, x, y, groups)
    self.showsDiagonal = showsDiagonal
  }

  public var svg: String {
    let points = groups.flatMap(\.points)
    let heights = points.flatMap { [$0.y - $0.error, $0.y, $0.y + $0.error] }
    var plot = Plot(
      title: title,
      x: (x, x.fitted(to: points.map(\.x))),
      y: (y, y.fitted(to: heights)),
      names: groups.map(\.name)
    )
    if showsDiagonal {
      let low = max(plot.x.low, plot.y.low)
      let high = min(plot.x.high, plot.y.high)
      if low < high, let x1 = plot.across(low), let y1 = plot.height(low),
        let x2 = plot.across(high), let y2 = plot.height(high)
      {
        plot.svg.line(x1, y1, x2, y2, "guide")
      }
    }
    for (index, group) in groups.enumerated() {
      let color = index % Plot.colors
      for point in group.points {
        guard let at = plot.across(point.x), let height = plot.height(point.y) else { continue }
        plot.errorBar(at, point.y, point.error, color: color)
        plot.svg.circle(at, height, radius: 3.5, "f\(color)")
      }
    }
    return plot.svg.document(title: title)
  }
}
