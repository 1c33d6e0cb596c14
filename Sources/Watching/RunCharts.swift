import Distill
import Foundation
import Runs

/// The curves of a run as charts: of each measure one, in which all networks have a line.
struct RunCharts {
  struct Drawn: Equatable {
    /// The same as long as the run goes on.
    let id: String
    let svg: String
  }

  /// Networks by name, each with its curves by tag.
  typealias Curves = [(network: String, curves: [String: [EventReader.Point]])]

  private static let mostLines = 6
  private static let mostPoints = 240
  private static let mostCharts = 24

  /// What stands first.
  private static let order = ["loss", "validation", "term", "share", "learning rate"]

  static func drawn(_ networks: Curves) -> [Drawn] {
    var charts: [String: [LineChart.Line]] = [:]
    // The latest that were trained, where a certificate trains dozens.
    for (network, curves) in networks {
      for (tag, points) in curves where !points.isEmpty {
        let (title, name) = place(tag, network, isAlone: networks.count == 1)
        charts[title, default: []].append(LineChart.Line(name, thinned(points)))
      }
    }
    let titles = charts.keys.sorted { rank($0) < rank($1) }.prefix(mostCharts)
    return titles.map { title in
      var lines = charts[title]!.sorted { $0.name < $1.name }
      let left = lines.count - mostLines
      if left > 0 { lines = Array(lines.suffix(mostLines)) }
      let chart = LineChart(
        title: left > 0 ? "\(title) (\(mostLines) of \(mostLines + left))" : title,
        x: Axis("step"),
        y: Axis("", scale: title.isOfRatios ? .linear : scale(of: lines)),
        lines: lines,
        hasDots: lines.allSatisfy { $0.points.count < 3 }
      )
      return Drawn(id: title, svg: chart.svg)
    }
  }

  /// The chart and the name of a line: parts of the loss share one.
  private static func place(
    _ tag: String,
    _ network: String,
    isAlone: Bool
  ) -> (title: String, name: String) {
    for (prefix, title) in [
      (TrainingReport.term, "terms of the loss, weighted"),
      (TrainingReport.share, "share of the gradient, by terms"),
    ] where tag.hasPrefix(prefix) {
      let term = String(tag.dropFirst(prefix.count))
      return (title, isAlone ? term : "\(network): \(term)")
    }
    return (tag, network)
  }

  private static func rank(_ title: String) -> (Int, String) {
    (order.firstIndex { title.hasPrefix($0) } ?? order.count, title)
  }

  /// Powers of ten where a curve falls through several.
  private static func scale(of lines: [LineChart.Line]) -> Axis.Scale {
    let values = lines.flatMap(\.points).map(\.y).filter(\.isFinite)
    guard let low = values.min(), let high = values.max(), low > 0 else { return .linear }
    return high / low > 30 ? .logarithmic : .linear
  }

  private static func thinned(_ points: [EventReader.Point]) -> [LineChart.Point] {
    let every = max(1, (points.count + mostPoints - 1) / mostPoints)
    return points.indices.filter { $0 % every == 0 || $0 == points.count - 1 }
      .map { LineChart.Point(x: Double(points[$0].step), y: points[$0].value) }
  }
}

extension String {
  /// Whether a chart of this title has numbers whose distance to 0 or 1 counts.
  fileprivate var isOfRatios: Bool {
    ["share", "learning rate", "steps per second"].contains(where: hasPrefix)
      || contains("agreement")
  }
}
