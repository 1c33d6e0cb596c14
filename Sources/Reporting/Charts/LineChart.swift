import Mathematics

/// Lines through points with error bars: how a measure changes with something.
public struct LineChart: Chart, Hashable {
  public struct Point: Hashable, Sendable {
    public var x: Double
    public var y: Double
    /// The length of the bar to each side.
    public var error: Double

    public init(x: Double, y: Double, error: Double = 0) {
      (self.x, self.y, self.error) = (x, y, error)
    }

    /// The mean ± two standard errors.
    public init(x: Double, _ estimate: Estimate) {
      let error = 2 * estimate.standardError
      self.init(x: x, y: estimate.mean, error: error.isFinite ? error : 0)
    }
  }

  public struct Line: Hashable, Sendable {
    public var name: String
    public var points: [Point]

    public init(_ name: String, _ points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var x: Axis
  public var y: Axis
  public var lines: [Line]
  /// Whether every point has a dot; curves of many points are better without.
  public var hasDots: Bool
  /// Numbers marked by strokes along the lower side, such as the data of a density.
  public var marks: [Double]

  public init(
    title: String,
    x: Axis,
    y: Axis,
    lines: [Line],
    hasDots: Bool = true,
    marks: [Double] = []
  ) {
    (self.title, self.x, self.y, self.lines) = (title, x, y, lines)
    (self.hasDots, self.marks) = (hasDots, marks)
  }

  public var svg: String {
    let points = lines.flatMap(\.points)
    let heights = points.flatMap { [$0.y - $0.error, $0.y, $0.y + $0.error] }
    var plot = Plot(
      title: title,
      x: (x, x.fitted(to: points.map(\.x))),
      y: (y, y.fitted(to: heights)),
      names: lines.map(\.name)
    )
    for at in marks.compactMap(plot.across) {
      plot.svg.line(at, Plot.bottom, at, Plot.bottom - 8, "axis")
    }
    for (index, line) in lines.enumerated() {
      let color = index % Plot.colors
      // A point that cannot be drawn breaks the line: nothing is made up in its place.
      var run: [(x: Double, y: Double)] = []
      for point in line.points {
        guard let at = plot.across(point.x), let height = plot.height(point.y) else {
          if run.count > 1 { plot.svg.polyline(run, "l\(color)") }
          run = []
          continue
        }
        run.append((at, height))
        plot.errorBar(at, point.y, point.error, color: color)
        if hasDots { plot.svg.circle(at, height, radius: 2.5, "f\(color)") }
      }
      if run.count > 1 { plot.svg.polyline(run, "l\(color)") }
    }
    return plot.svg.document(title: title)
  }
}
