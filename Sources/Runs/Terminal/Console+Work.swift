import Distill

extension Console {
  /// Long work that this console shows.
  ///
  /// - Parameter interruption: What ends it; nil where nothing does.
  public func work(_ interruption: Interruption? = nil) -> Work {
    let curves = recordsCurves ? CurveRecorder { warn($0) } : nil
    return Work(isMeasured: recordsCurves) { event in
      curves?.take(event)
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
  ///
  /// - Throws: What the work throws; `Stopped` by jobs that Ctrl-C stopped, of which what is done is
  ///   kept.
  public func listening<Result>(_ body: (Work) throws -> Result) rethrows -> Result {
    try Interruption.listening { try body(work($0)) }
  }
}
