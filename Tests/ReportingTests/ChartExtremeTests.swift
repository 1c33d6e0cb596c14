import Foundation
import Mathematics
import Testing

@testable import Reporting

/// Numbers of strangers' files, as text and in charts.
@Suite struct ChartExtremeTests {
  static let extremes: [[Double]] = [
    [-1e308, 1e308], [0, 5e-324], [1.7e308, 1.7e308], [5e-324, 1e308], [.nan, .infinity],
    [1e290, 1e290], [1, 1 + 1e-16, 1], [-5e-324, 5e-324],
  ]

  @Test(arguments: extremes, [Axis.Scale.linear, .logarithmic])
  func linesAreDrawn(values: [Double], scale: Axis.Scale) throws {
    let points = values.enumerated().map { index, value in
      LineChart.Point(x: value, y: value, error: index == 0 ? 1e308 : 0)
    }
    let chart = LineChart(
      title: "t",
      x: Axis("x"),
      y: Axis("y", scale: scale),
      lines: [.init("a", points)],
      marks: values
    )
    let elements = try #require(Elements.of(chart.svg))
    #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf"))
    for place in elements.flatMap({ [$0.attributes["x1"], $0.attributes["y1"]] }) {
      #expect(place.map { abs(Double($0) ?? 1e9) < 10_000 } ?? true)
    }
  }

  @Test func mapsAreColoured() {
    #expect(HeatMap.color(1e308, in: -1e308...1e308).count == 7)
  }

  @Test(arguments: [(0, 1e-320), (1, 5e-324), (1e308, 1e308), (5e-324, 5e-324)])
  func errorsAreWritten(value: Double, error: Double) {
    let text = Uncertain.text(value, plusMinus: error)
    #expect(text.contains("±") && !text.contains("nan"))
  }

  @Test(arguments: [1e-300, 1e300, -1e300, .infinity])
  func timesOfOthersAreRead(now: Double) {
    var task = ProgressTask(name: "a", unit: "steps", total: 1 << 53, start: 0, done: 0)
    task.done = 1 << 52
    #expect(task.line(at: now).hasPrefix("a   50%"))
  }
}
