import Mathematics

/// Bars with error bars: a measure of several things by name.
public struct BarChart: Chart, Hashable {
  public struct Bar: Hashable, Sendable {
    public var name: String
    public var value: Double
    /// The length of the error bar to each side.
    public var error: Double

    public init(_ name: String, value: Double, error: Double = 0) {
      (self.name, self.value, self.error) = (name, value, error)
    }

    /// The mean ± two standard errors.
    public init(_ name: String, _ estimate: Estimate) {
      let error = 2 * estimate.standardError
      self.init(name, value: estimate.mean, error: error.isFinite ? error : 0)
    }
  }

  public var title: String
  /// The measure; bars start at 0 unless its range says otherwise. The scale must be linear: the
  /// length of a bar means nothing on a logarithmic one.
  public var y: Axis
  public var bars: [Bar]

  public init(title: String, y: Axis, bars: [Bar]) {
    precondition(y.scale == .linear, "BarChart '\(title)': bars need a linear axis")
    (self.title, self.y, self.bars) = (title, y, bars)
  }

  public var svg: String {
    let heights = bars.flatMap { [$0.value - $0.error, $0.value + $0.error] }
    let slots = Axis("", range: 0...Double(max(bars.count, 1)))
    var plot = Plot(
      title: title,
      x: (slots, slots.fitted(to: [])),
      y: (y, y.fitted(to: heights + [0])),
      names: [],
      hasMarksAlongX: false
    )
    let base = plot.nearestHeight(0)
    for (index, bar) in bars.enumerated() where bar.value.isFinite {
      guard let from = plot.across(Double(index) + 0.2), let to = plot.across(Double(index) + 0.8)
      else { continue }
      let height = plot.nearestHeight(bar.value)
      let color = index % Plot.colors
      plot.svg.rectangle(from, min(height, base), to - from, abs(height - base), "f\(color)")
      plot.errorBar((from + to) / 2, bar.value, bar.error, color: color)
      plot.svg.text(bar.name, (from + to) / 2, Plot.bottom + 19, anchor: "middle")
    }
    return plot.svg.document(title: title)
  }
}
