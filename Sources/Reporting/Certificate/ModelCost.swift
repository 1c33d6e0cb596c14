import Foundation
import Tensors

/// What it costs to keep and to ask a model.
public struct ModelCost: Hashable, Sendable, Codable {
  public var parameters: Int
  /// Of parameters and buffers.
  public var bytes: Int
  /// For one example.
  public var multiplyAdds: Int
  /// One for each size of batch.
  public var latencies: [Latency]
  /// What resident memory of the process grew by at most while a batch of the largest size was
  /// evaluated, and what it then was; nil where the system does not tell.
  public var memory: PeakMemory?

  public init(
    parameters: Int,
    bytes: Int,
    multiplyAdds: Int,
    latencies: [Latency],
    memory: PeakMemory? = nil
  ) {
    self.parameters = parameters
    self.bytes = bytes
    self.multiplyAdds = multiplyAdds
    self.latencies = latencies
    self.memory = memory
  }
}

/// How long a model takes to answer.
public struct Latency: Hashable, Sendable, Codable {
  /// Examples that are asked about at once.
  public let batch: Int
  /// Evaluations before the clock was read, and those that were timed.
  public let warmUp: Int
  public let repetitions: Int
  /// Seconds that half, and 99 of 100, of the evaluations took at most.
  public let p50: Double
  public let p99: Double

  /// Times evaluations one by one.
  ///
  /// - Parameters:
  ///   - warmUp: Evaluations that are not timed; after `seconds` no more are begun.
  ///   - repetitions: The default leaves five above p99. After `seconds` no more are begun, but
  ///     100 are made unless they take over six times as long; three always are.
  ///   - evaluate: One evaluation of the whole batch, its results in hand when it returns.
  public static func measure(
    batch: Int,
    warmUp: Int = 50,
    repetitions: Int = 500,
    seconds: Double = 5,
    _ evaluate: () throws -> Void
  ) rethrows -> Latency {
    let clock = ContinuousClock()
    var start = clock.now
    var warmedUp = 0
    while warmedUp < warmUp, clock.now - start < .seconds(seconds) {
      try evaluate()
      warmedUp += 1
    }
    start = clock.now
    var times: [Double] = []
    while times.count < repetitions {
      let taken = (clock.now - start) / .seconds(seconds)
      if taken > 1 && times.count >= 100 || taken > 6 && times.count >= 3 { break }
      let begin = clock.now
      try evaluate()
      times.append((clock.now - begin) / .seconds(1))
    }
    return Latency(batch: batch, warmUp: warmedUp, times: times)
  }

  /// From times in seconds, by the nearest rank: the smallest that a share of all do not exceed.
  init(batch: Int, warmUp: Int, times: [Double]) {
    let sorted = times.sorted()
    func quantile(_ share: Double) -> Double {
      sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
    self.batch = batch
    self.warmUp = warmUp
    repetitions = times.count
    (p50, p99) = (quantile(0.5), quantile(0.99))
  }
}

/// The most memory that a piece of work held.
public struct PeakMemory: Hashable, Sendable, Codable {
  /// Resident bytes of the process before, and at most during, the work.
  public let bytesBefore: Int
  public let peakBytes: Int

  /// What the work added. Memory that the process had at hand already is not counted: small work
  /// may add nothing. What had been freed before was given back.
  public var addedBytes: Int { max(0, peakBytes - bytesBefore) }

  /// Measures a piece of work, where the system keeps the highest resident memory and lets it be
  /// reset (Linux); nil elsewhere.
  public static func measure(_ work: () throws -> Void) rethrows -> PeakMemory? {
    Machine.returnFreedMemory()
    let reset =
      (try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))) != nil
    let before = resident("VmRSS:")
    try work()
    guard reset, let before, let peak = resident("VmHWM:") else { return nil }
    return PeakMemory(bytesBefore: before, peakBytes: peak)
  }

  private static func resident(_ key: String) -> Int? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    return line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first.map { $0 * 1024 }
  }
}
