import Distill
import Foundation

/// Writes the curves of a run while it goes on, for TensorBoard: `curves/student` and
/// `curves/control` in the run's folder hold the loss, the speed and what was measured on the
/// validation examples, so that both stand in one chart.
///
/// ```
/// tensorboard --logdir runs
/// ```
///
/// A curve is not worth a run: where it cannot be written, that is said once, and the run goes on.
package final class CurveRecorder {
  private let warn: (String) -> Void
  private var place: URL?
  private var series: Series?

  private struct Series {
    let name: String
    /// Steps from point to point.
    let every: Int
    var after: Int?
    var next = 0
    var start: (step: Int, seconds: Double)?
    /// Made with the first point, and closed with the series.
    var file: EventFile?
  }

  /// About how many points a curve has.
  private static let points = 400

  /// - Parameter warn: Told once why there are no curves.
  package init(warn: @escaping (String) -> Void) { self.warn = warn }

  /// Takes what work says of itself.
  package func take(_ event: Work.Event) {
    switch event {
    case .opened(let folder): place = folder.appendingPathComponent(RunFolder.curves)
    case .began(let name, let total, let unit, let done):
      guard unit == "steps" else { return }
      let every = max(1, (total ?? 40_000) / Self.points)
      series = Series(name: name, every: every, after: done > 0 ? done : nil)
    case .resumed(let done): series?.after = done > 0 ? done : nil
    case .reached(let step, let loss): if let loss { reached(step, loss) }
    case .measured(let step, let values): write(values.sorted { $0.key < $1.key }, step)
    case .ended: series = nil
    case .note, .warning, .result: break
    }
  }

  private func reached(_ step: Int, _ loss: Double) {
    guard let series, step >= series.next else { return }
    let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    var values = [(key: "loss", value: loss)]
    if let start = series.start, now > start.seconds {
      values.append(("steps per second", Double(step - start.step) / (now - start.seconds)))
    }
    self.series!.start = (step, now)
    self.series!.next = step + series.every
    write(values, step)
  }

  private func write(_ values: [(key: String, value: Double)], _ step: Int) {
    guard let place, let series else { return }
    do {
      let file =
        try series.file
        ?? EventFile(
          in: place.appendingPathComponent(Self.fileName(series.name)),
          after: series.after
        )
      self.series!.file = file
      file.append(values.map { (tag: $0.key, value: $0.value) }, step: step)
      try file.flush()
    } catch {
      self.place = nil
      warn("there are no curves for TensorBoard: \(sentence(for: error))")
    }
  }

  /// A name that any file system takes.
  private static func fileName(_ name: String) -> String {
    let text = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(60))
    return text.isEmpty ? "run" : text
  }
}
