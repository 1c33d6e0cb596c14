import Distill
import Foundation

/// Keeps what work says of itself in the journal of its run, for whoever watches it.
final class JournalRecorder {
  private let fail: (any Error) -> Void
  private var journal: RunJournal?
  /// What was said before there was a folder.
  private var waiting: [RunJournal.Line] = []
  private var last = (began: 0.0, written: 0.0)
  /// How far the work is, where that is not written yet.
  private var pending: (done: Int, loss: Double?, at: Double)?
  private var isBroken = false

  /// - Parameter fail: Told once why there is no journal.
  init(failing fail: @escaping (any Error) -> Void) { self.fail = fail }

  func take(_ event: Work.Event) {
    guard !isBroken else { return }
    let now = Date().timeIntervalSince1970
    func line(_ kind: RunJournal.Line.Kind, _ text: String? = nil) -> RunJournal.Line {
      RunJournal.Line(kind, at: now, text: text)
    }
    switch event {
    case .opened(let folder): open(folder, line(.opened))
    case .began(let name, let total, let unit, let done):
      var began = line(.began, name)
      (began.unit, began.total, began.done) = (unit, total, done)
      last = (now, now)
      write(began)
    case .resumed(let done):
      var resumed = line(.resumed)
      resumed.done = done
      write(resumed)
    case .reached(let done, let loss):
      pending = (done, loss, now)
      // Every second at first; of work of days every ten.
      guard now - last.written >= min(10, max(1, (now - last.began) / 300)) else { return }
      flush()
    case .ended:
      flush()
      write(line(.ended))
    case .note(let text): write(line(.note, text))
    case .warning(let text): write(line(.warning, text))
    case .result(let text, _): write(line(.result, text))
    case .measured, .differing, .tried: break
    }
  }

  private func flush() {
    guard let (done, loss, at) = pending else { return }
    pending = nil
    last.written = at
    var line = RunJournal.Line(.reached, at: at)
    (line.done, line.loss) = (done, loss)
    write(line)
  }

  private func open(_ folder: URL, _ line: RunJournal.Line) {
    guard journal == nil else { return }
    do {
      journal = try RunJournal(in: folder.appendingPathComponent(RunFolder.curves))
    } catch {
      give(up: error)
    }
    let before = waiting
    waiting = []
    // The work began with what was said first.
    var line = line
    line.at = before.first?.at ?? line.at
    write(line)
    before.forEach(write)
  }

  private func write(_ line: RunJournal.Line) {
    guard !isBroken else { return }
    guard let journal else {
      if waiting.count < 1_000 { waiting.append(line) }
      return
    }
    do { try journal.append(line) } catch { give(up: error) }
  }

  private func give(up error: any Error) {
    isBroken = true
    fail(error)
  }
}
