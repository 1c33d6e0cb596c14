import Distill
import Runs

/// What the journal of a run says: the remarks, and how far the work is.
struct RunLog {
  struct Entry: Encodable, Equatable {
    /// Seconds since 1970.
    let at: Double
    /// `note`, `warning` or `result`.
    let kind: String
    let text: String
  }

  /// How far a piece of work is.
  struct Progress: Encodable, Equatable {
    /// Such as "student  50%  8,120 steps/s  4 s left  loss 0.312".
    let text: String
    /// From 0 to 1; nil where it is not known how much there is.
    let share: Double?
  }

  private var task: ProgressTask?
  private var at = 0.0

  /// Where the work stands; nil between two pieces of it.
  var progress: Progress? {
    guard let task else { return nil }
    let share = task.total.map { total in
      total > 0 ? min(max(Double(task.done) / Double(total), 0), 1) : 1
    }
    return Progress(text: task.line(at: at), share: share)
  }

  /// - Returns: The remarks that a line makes.
  mutating func take(_ line: RunJournal.Line) -> [Entry] {
    at = line.at
    let text = String((line.text ?? "").prefix(20_000))
    switch line.kind {
    case .opened:
      task = nil
      return [entry("note", "the work begins")]
    case .began:
      task = ProgressTask(
        name: String(text.prefix(200)),
        unit: String((line.unit ?? "steps").prefix(50)),
        total: line.total.map(Self.bounded),
        start: line.at,
        done: Self.bounded(line.done ?? 0)
      )
    case .resumed: task?.doneBefore = Self.bounded(line.done ?? 0)
    case .reached:
      task?.done = Self.bounded(line.done ?? 0)
      task?.loss = line.loss
    case .ended:
      defer { task = nil }
      return task.map { [entry("note", $0.line(at: at))] } ?? []
    case .note, .warning, .result:
      return [entry(line.kind.rawValue, text.trimmingCharacters(in: .whitespacesAndNewlines))]
    }
    return []
  }

  private func entry(_ kind: String, _ text: String) -> Entry {
    Entry(at: at, kind: kind, text: text)
  }

  /// A count in a file that may be anybody's.
  private static func bounded(_ count: Int) -> Int { min(max(count, 0), 1 << 53) }
}
