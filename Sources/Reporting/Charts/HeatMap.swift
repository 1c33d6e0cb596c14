import Mathematics

/// A function of two numbers as colours, with lines of equal value over it: a predictive surface, a
/// density.
///
/// Colours go from dark to light with the value, and are told apart by everyone and in print
/// (a piecewise linear form of viridis, van der Walt & Smith 2015).
public struct HeatMap: Chart, Hashable {
  public var title: String
  /// Both need ranges: the numbers between which the cells lie at even distances.
  public var x: Axis
  public var y: Axis
  /// `[rows][columns]`, from the lower end of `y` and of `x` on: the value in the middle of each cell.
  public var values: [[Double]]
  /// The values of the darkest and of the lightest colour. The default, nil, takes in all values.
  public var range: ClosedRange<Double>?
  /// The values along which lines are drawn.
  public var contours: [Double]
  /// Marks over the colours, such as data.
  public var points: [ScatterChart.Group]

  public init(
    title: String,
    x: Axis,
    y: Axis,
    values: [[Double]],
    range: ClosedRange<Double>? = nil,
    contours: [Double] = [],
    points: [ScatterChart.Group] = []
  ) {
    precondition(
      !values.isEmpty && values.allSatisfy { $0.count == values[0].count && !$0.isEmpty }
        && x.range != nil && y.range != nil && x.scale == .linear && y.scale == .linear,
      "HeatMap '\(title)': needs rows of one length, and linear axes with ranges"
    )
    (self.title, self.x, self.y, self.values) = (title, x, y, values)
    (self.range, self.contours, self.points) = (range, contours, points)
  }

  /// The middles of `count` cells that fill a range: where a function must be evaluated.
  public static func centres(_ count: Int, of range: ClosedRange<Double>) -> [Double] {
    let width = (range.upperBound - range.lowerBound) / Double(count)
    return (0..<count).map { range.lowerBound + (Double($0) + 0.5) * width }
  }

  public var svg: String {
    var plot = Plot(
      title: title,
      x: (x, x.fitted(to: [])),
      y: (y, y.fitted(to: [])),
      names: points.map(\.name)
    )
    let (rows, columns) = (values.count, values[0].count)
    let finite = values.flatMap { $0 }.filter(\.isFinite)
    let shown = range ?? (finite.min() ?? 0)...(finite.max() ?? 1)
    let width = (Plot.right - Plot.left) / Double(columns)
    let height = (Plot.bottom - Plot.top) / Double(rows)
    for (i, row) in values.enumerated() {
      // Cells of one colour side by side are one rectangle.
      var start = 0
      for j in 1...columns {
        let color = Self.color(row[start], in: shown)
        if j < columns, Self.color(row[j], in: shown) == color { continue }
        plot.svg.cell(
          Plot.left + Double(start) * width,
          Plot.bottom - Double(i + 1) * height,
          Double(j - start) * width + 0.3,
          height + 0.3,
          fill: color
        )
        start = j
      }
    }
    for level in contours {
      for (from, to) in segments(at: level) {
        plot.svg.line(
          Plot.left + (from.x + 0.5) * width,
          Plot.bottom - (from.y + 0.5) * height,
          Plot.left + (to.x + 0.5) * width,
          Plot.bottom - (to.y + 0.5) * height,
          "contour"
        )
      }
    }
    for (index, group) in points.enumerated() {
      for point in group.points {
        guard let at = plot.across(point.x), let height = plot.height(point.y) else { continue }
        plot.svg.circle(at, height, radius: 3, "f\(index % Plot.colors) ring")
      }
    }
    drawScale(shown, in: &plot.svg)
    return plot.svg.document(title: title)
  }

  /// The bar of colours at the top right, with the values at its ends.
  private func drawScale(_ shown: ClosedRange<Double>, in svg: inout SVG) {
    let (left, steps, step) = (Plot.right - 150, 50, 2.0)
    for i in 0..<steps {
      let value =
        shown.lowerBound + (shown.upperBound - shown.lowerBound) * Double(i) / Double(steps - 1)
      let color = Self.color(value, in: shown)
      svg.cell(left + Double(i) * step, 14, step + 0.3, 10, fill: color)
    }
    svg.text(Uncertain.short(shown.lowerBound), left - 4, 23, anchor: "end")
    svg.text(Uncertain.short(shown.upperBound), left + Double(steps) * step + 4, 23)
  }

  /// Where the surface crosses a level, cell by cell of the grid of centres (marching squares, Lorensen
  /// & Cline 1987 in two dimensions), in units of cells.
  func segments(
    at level: Double
  ) -> [(from: (x: Double, y: Double), to: (x: Double, y: Double))] {
    var result: [(from: (x: Double, y: Double), to: (x: Double, y: Double))] = []
    for i in 0..<(values.count - 1) {
      for j in 0..<(values[0].count - 1) {
        let corners = [values[i][j], values[i][j + 1], values[i + 1][j + 1], values[i + 1][j]]
        guard corners.allSatisfy(\.isFinite) else { continue }
        let places: [(x: Double, y: Double)] = [
          (Double(j), Double(i)), (Double(j + 1), Double(i)), (Double(j + 1), Double(i + 1)),
          (Double(j), Double(i + 1)),
        ]
        var crossings: [(x: Double, y: Double)] = []
        for side in 0..<4 {
          let (a, b) = (corners[side], corners[(side + 1) % 4])
          guard (a < level) != (b < level) else { continue }
          let (from, to) = (places[side], places[(side + 1) % 4])
          let share = (level - a) / (b - a)
          crossings.append((from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)))
        }
        // Two crossings are one line; four, a saddle, are two.
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          result.append((crossings[pair], crossings[pair + 1]))
        }
      }
    }
    return result
  }

  /// The colour of a value in `#rrggbb`.
  static func color(_ value: Double, in range: ClosedRange<Double>) -> String {
    guard value.isFinite else { return "#808080" }
    let length = range.upperBound - range.lowerBound
    let isLong = length > 0 && length.isFinite
    let place = isLong ? min(max((value - range.lowerBound) / length, 0), 1) : 0.5
    // 64 colours are more than the eye tells apart, and keep the file small.
    let position = (place * 63).rounded() / 63 * Double(stops.count - 1)
    let index = min(Int(position), stops.count - 2)
    let share = position - Double(index)
    let channels = zip(stops[index], stops[index + 1]).map { Int($0 + share * ($1 - $0) + 0.5) }
    let digits = channels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "#" + digits.joined()
  }

  private static let stops: [[Double]] = [
    [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129],
    [92, 200, 99], [170, 220, 50], [253, 231, 37],
  ]
}
