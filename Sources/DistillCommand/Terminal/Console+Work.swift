import Distillation
import Runs
import Watching

extension Console {
  /// Long work that this console shows.
  ///
  /// - Parameter interruption: What ends it; nil where nothing does.
  func work(_ interruption: Interruption? = nil, on page: RunWatch? = nil) -> Work {
    let curves = recordsCurves ? CurveRecorder { warn($0) } : nil
    return Work(isMeasured: recordsCurves) { event in
      curves?.take(event)
      page?.take(event)
      switch event {
      case .began(let name, let total, let unit, let done):
        progress.begin(name, of: total, unit, done: done)
      case .resumed(let done): progress.resume(after: done)
      case .reached(let done, let loss): progress.update(done, loss: loss)
      case .ended: progress.end()
      case .measured, .differing, .tried, .opened: break
      case .note(let text): say(text)
      case .warning(let text): warn(text)
      case .result(let text, let value): show(text, value)
      }
    } isCancelled: {
      interruption?.isRequested ?? false
    } heed: {
      interruption?.forget()
    }
  }

  /// Does work that this console shows and that Ctrl-C stops politely.
  func listening<Result>(_ body: (Work) throws -> Result) rethrows -> Result {
    let watch = page.map { RunWatch(port: $0.number, saying: say, warning: warn) }
    defer { watch?.finish() }
    return try Interruption.listening { try body(work($0, on: watch)) }
  }
}
