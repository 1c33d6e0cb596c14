import Exchange
import Foundation
import Reporting

/// What a command says: results go to standard output, progress and remarks to standard error, and
/// with `--json` everything goes to standard output as one JSON object a line.
struct Console {
  let verbosity: Verbosity
  let results: Output
  let remarks: Output
  /// How far long work is.
  let progress: ProgressLine
  /// Whether runs write curves for TensorBoard.
  let recordsCurves: Bool
  /// Where a page shows the run; nil for none.
  let page: WatchPort?

  init(
    _ verbosity: Verbosity,
    recordsCurves: Bool = false,
    pageAt page: WatchPort? = nil,
    results: Output = .standardOutput,
    remarks: Output = .standardError,
    clock: @escaping () -> Double = secondsOfMonotonicClock
  ) {
    self.verbosity = verbosity
    self.results = results
    self.remarks = remarks
    (self.recordsCurves, self.page) = (recordsCurves, page)
    progress = ProgressLine(
      verbosity,
      to: verbosity == .json ? results : remarks,
      clock: clock
    )
  }

  /// One of a run.
  init(_ verbosity: Verbosity, for run: RunOptions) {
    self.init(verbosity, recordsCurves: run.curves, pageAt: run.watch)
  }

  /// A remark on what happens, in one line.
  func say(_ text: String) {
    switch verbosity {
    case .normal: progress.interrupted { remarks.write(text + "\n") }
    case .quiet: break
    case .json: emit(Remark(text: text))
    }
  }

  /// What casts doubt on the results: said with `--quiet` too.
  func warn(_ text: String) {
    switch verbosity {
    case .normal, .quiet: progress.interrupted { remarks.write("warning: \(text)\n") }
    case .json: emit(Remark(event: "warning", text: text))
    }
  }

  /// A result: `text` for people, `value` for machines.
  func show(_ text: String, _ value: some Encodable) {
    switch verbosity {
    case .normal, .quiet: progress.interrupted { results.write(text + "\n") }
    case .json: emit(value)
    }
  }

  private func emit(_ value: some Encodable) { results.write(jsonLine(value)) }

  private struct Remark: Encodable {
    var event = "remark"
    let text: String
  }
}

/// Seconds of a clock that never jumps.
func secondsOfMonotonicClock() -> Double {
  Double(DispatchTime.now().uptimeNanoseconds) / 1e9
}
