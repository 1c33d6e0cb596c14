import Exchange
import Foundation
import Reporting

/// How far long work is: a line that is drawn over again on a terminal, plain lines now and then
/// elsewhere, JSON for machines, nothing when quiet.
///
/// ```swift
/// progress.begin("member 1 of 5", of: 60_000, "steps")
/// for step in 1...60_000 { progress.update(step, loss: train()) }
/// progress.end()
/// // member 1 of 5  ━━━━━━━━━━──────────   50%  8,120 steps/s  4 s left  loss 0.312
/// ```
///
/// An update that prints nothing costs a look at the clock.
public final class ProgressLine {
  /// Seconds between drawings of the line on a terminal.
  public static let redrawSeconds = 0.1
  /// Elsewhere a line appears for every tenth of the work, but not within `shortestPause` of the
  /// last one, and at the latest after `longestPause`.
  public static let shortestPause = 3.0
  public static let longestPause = 30.0
  /// Seconds between JSON lines.
  public static let jsonSeconds = 1.0

  private let verbosity: Verbosity
  private let output: Output
  private let clock: () -> Double
  private var task: ProgressTask?
  private var printedAt = 0.0
  private var printedTenth = 0
  private var isLineOpen = false
  /// Whether what was printed last is how things stand.
  private var isShown = false

  /// - Parameters:
  ///   - output: The default is standard error, which leaves standard output to results.
  ///   - clock: In seconds. The default never jumps.
  public init(
    _ verbosity: Verbosity = .normal,
    to output: Output = .standardError,
    clock: @escaping () -> Double = ProgressLine.seconds
  ) {
    self.verbosity = verbosity
    self.output = output
    self.clock = clock
  }

  /// Seconds of a clock that never jumps.
  public static func seconds() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }

  /// A piece of work starts.
  ///
  /// - Parameters:
  ///   - name: Such as "member 3 of 5".
  ///   - total: All that is to be done, when it is known.
  ///   - unit: What is counted.
  ///   - done: What an earlier run did; it does not count for the rate.
  public func begin(_ name: String, of total: Int?, _ unit: String = "steps", done: Int = 0) {
    task = ProgressTask(name: name, unit: unit, total: total, start: clock(), done: done)
    printedAt = clock()
    printedTenth = task!.tenth
    isShown = false
    if verbosity == .normal && output.isTerminal { redraw(at: printedAt) }
  }

  /// The work that was begun is taken up where an earlier run left it: that does not count for the
  /// rate.
  public func resume(after done: Int) { task?.doneBefore = done }

  /// Work goes on.
  ///
  /// - Parameters:
  ///   - done: All that is done by now.
  ///   - loss: Shown beside it.
  public func update(_ done: Int, loss: Double? = nil) {
    guard verbosity != .quiet, task != nil else { return }
    task!.done = done
    task!.loss = loss
    isShown = false
    let now = clock()
    if isDue(at: now) { show(at: now) }
  }

  /// The piece of work has ended, or stopped early: its line stays.
  public func end() {
    guard task != nil else { return }
    // The last update may have said it all already.
    if verbosity != .quiet && !isShown { show(at: clock()) }
    if isLineOpen { output.write("\n") }
    isLineOpen = false
    task = nil
  }

  /// Prints something else in the middle of work: the line makes room and comes back.
  public func interrupted(by print: () -> Void) {
    if isLineOpen { output.redraw("") }
    print()
    if isLineOpen { redraw(at: clock()) }
  }

  private func isDue(at now: Double) -> Bool {
    let pause = now - printedAt
    if verbosity == .json { return pause >= Self.jsonSeconds }
    if output.isTerminal { return pause >= Self.redrawSeconds }
    return pause >= Self.longestPause
      || pause >= Self.shortestPause && task!.tenth > printedTenth
  }

  private func show(at now: Double) {
    printedAt = now
    printedTenth = task!.tenth
    isShown = true
    switch verbosity {
    case .quiet: break
    case .json: output.write(jsonLine(task!.event(at: now)))
    case .normal where output.isTerminal: redraw(at: now)
    case .normal: output.write(task!.line(at: now) + "\n")
    }
  }

  private func redraw(at now: Double) {
    // The last column stays free: some terminals wrap when it is filled.
    let line = task!.line(at: now, columns: output.columns() - 1)
    output.redraw(line)
    isLineOpen = true
  }
}
