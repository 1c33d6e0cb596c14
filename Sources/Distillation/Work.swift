import Foundation

/// How far long work is, and whether it goes on: what whoever asked for it is told on the way.
///
/// ```swift
/// let work = Work(report: { print($0) }, isCancelled: { Task.isCancelled })
/// work.begin("student", of: 5_000)
/// for step in 1...5_000 where !work.isCancelled() { work.update(step, loss: train()) }
/// work.end()
/// ```
///
/// Nothing below a program prints: it reports.
public struct Work {
  public enum Event {
    /// A piece of work starts.
    ///
    /// - Parameters:
    ///   - total: All that is to be done, when it is known.
    ///   - unit: What is counted.
    ///   - done: What an earlier run did; it does not count for the rate.
    case began(String, total: Int?, unit: String, done: Int)
    /// The piece of work goes on where an earlier run left it.
    case resumed(after: Int)
    /// So much of it is done.
    case reached(Int, loss: Double?)
    /// What was measured at a step of the piece of work, such as the loss on the validation examples.
    case measured(step: Int, [String: Double])
    /// At which examples student and teacher differ most.
    case differing(DifferingExamples)
    /// One way to do the work was tried, among others.
    case tried(Trial)
    /// The piece of work has ended, or stopped early.
    case ended
    /// The work goes on in this folder, where the run is.
    case opened(URL)
    /// A remark on what happens, in one line.
    case note(String)
    /// What casts doubt on the results.
    case warning(String)
    /// A result, for people and for machines.
    case result(String, any Encodable)
  }

  public let report: (Event) -> Void
  /// Whether it is worth a little time to look at what goes on, such as at the terms of a loss.
  public let isMeasured: Bool
  /// Whether to stop at the next place where what is done can be kept.
  public let isCancelled: () -> Bool
  /// Called when what cancelling asked for is done and other work goes on: from then on nothing is
  /// cancelled until it is asked for again.
  public let heed: () -> Void

  /// - Parameters:
  ///   - isMeasured: The default looks at nothing that costs time.
  ///   - report: Called in the order of events. The default says nothing.
  ///   - isCancelled: Called often. The default never stops.
  ///   - heed: The default does nothing.
  public init(
    isMeasured: Bool = false,
    report: @escaping (Event) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false },
    heed: @escaping () -> Void = {}
  ) {
    (self.report, self.isMeasured) = (report, isMeasured)
    (self.isCancelled, self.heed) = (isCancelled, heed)
  }

  /// The share of a training's time that may be spent on looking at the terms of its loss.
  public var termShare: Double { isMeasured ? 0.005 : 0 }

  /// Work that says nothing and never stops.
  public static var silent: Work { Work() }

  public func begin(_ name: String, of total: Int?, _ unit: String = "steps", done: Int = 0) {
    report(.began(name, total: total, unit: unit, done: done))
  }

  public func resume(after done: Int) { report(.resumed(after: done)) }

  public func update(_ done: Int, loss: Double? = nil) { report(.reached(done, loss: loss)) }

  public func measure(at step: Int, _ values: [String: Double]) {
    report(.measured(step: step, values))
  }

  public func show(_ examples: DifferingExamples) { report(.differing(examples)) }

  public func tried(_ trial: Trial) { report(.tried(trial)) }

  public func end() { report(.ended) }

  public func open(_ folder: URL) { report(.opened(folder)) }

  public func note(_ text: String) { report(.note(text)) }

  public func warn(_ text: String) { report(.warning(text)) }

  public func show(_ text: String, _ value: some Encodable) { report(.result(text, value)) }
}
