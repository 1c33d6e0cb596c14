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
  private lazy var journal = JournalRecorder { [unowned self] in give(up: $0) }
  private var place: URL?
  private var hasFailed = false
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
    journal.take(event)
    switch event {
    case .opened(let folder):
      if !hasFailed { place = folder.appendingPathComponent(RunFolder.curves) }
    case .began(let name, let total, let unit, let done):
      guard unit == "steps" else { return }
      let every = max(1, (total ?? 40_000) / Self.points)
      series = Series(name: name, every: every, after: done > 0 ? done : nil)
    case .resumed(let done): series?.after = done > 0 ? done : nil
    case .reached(let step, let loss): if let loss { reached(step, loss) }
    case .measured(let step, let values): write(values.sorted { $0.key < $1.key }, step)
    case .differing(let found): write(found)
    case .tried(let trial): write(trial)
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
    attempt { place in
      guard let file = try file(in: place) else { return }
      file.append(values.map { (tag: $0.key, value: $0.value) }, step: step)
      try file.flush()
    }
  }

  private func write(_ found: DifferingExamples) {
    attempt { place in
      if let sheet = found.sheet, let step = found.step, let file = try file(in: place) {
        file.append(
          png: Array(sheet),
          tag: "\(found.part)/where it differs most from the teacher",
          step: step
        )
        try file.flush()
      }
      try AtomicFile.write(to: place.appendingPathComponent(EventFile.differences)) {
        try $0.append(jsonLine(found))
      }
    }
  }

  private func write(_ trial: Trial) {
    attempt { place in
      let folder = place.appendingPathComponent("trials")
      let file = try EventFile(in: folder.appendingPathComponent(Self.fileName(trial.name)))
      file.append(
        trial: trial.settings.sorted { $0.key < $1.key }.map { name, setting in
          switch setting {
          case .number(let number): (name, .number(number))
          case .text(let text): (name, .text(text))
          }
        },
        // What a training that broke off did not measure has no place in a table of numbers.
        measuring: trial.measures.filter(\.value.isFinite).sorted { $0.key < $1.key }
          .map { (tag: $0.key, value: $0.value) }
      )
      try file.flush()
    }
  }

  /// The file of the network that is trained; nil where none is.
  private func file(in place: URL) throws -> EventFile? {
    guard let series else { return nil }
    let file =
      try series.file
      ?? EventFile(
        in: place.appendingPathComponent(Self.fileName(series.name)),
        after: series.after
      )
    self.series!.file = file
    return file
  }

  private func attempt(_ write: (URL) throws -> Void) {
    guard let place else { return }
    do { try write(place) } catch { give(up: error) }
  }

  private func give(up error: any Error) {
    if !hasFailed { warn("there are no curves for TensorBoard: \(sentence(for: error))") }
    (place, hasFailed) = (nil, true)
  }

  /// A name that any file system takes.
  private static func fileName(_ name: String) -> String {
    let text = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(60))
    return text.isEmpty ? "run" : text
  }
}
