import Exchange
import Mathematics

/// Draws of a sampler that may be cut short: a damaged line or a wish to stop ends them, and the draws
/// before it stay.
package final class LiveDraws: DrawSource {
  /// What ended the draws before their time.
  package enum Cut {
    case damage(any Error)
    case wish
  }

  private let source: any DrawSource
  /// Whether the same draws can be had once more, as those of a file.
  package let canBeReadAgain: Bool
  package private(set) var cut: Cut?
  package private(set) var count = 0

  package init(_ source: any DrawSource, canBeReadAgain: Bool) {
    (self.source, self.canBeReadAgain) = (source, canBeReadAgain)
  }

  package var names: [String] { source.names }
  package var chainCount: Int { source.chainCount }
  package var latestChain: Int { source.latestChain }
  package var divergences: Int { source.divergences }
  package var promisedCount: Int? { source.promisedCount }
  package var isSampledHere: Bool { source.isSampledHere }
  package var bound: MemoryBound? { source.bound }

  /// - Throws: Only where no draw has come.
  package func next() throws -> [Double]? {
    guard cut == nil else { return nil }
    do {
      guard let draw = try source.next() else { return nil }
      count += 1
      return draw
    } catch is BytesInTurn.Cancelled {
      guard count > 0 else { throw Stopped("stopped before a draw came") }
      cut = .wish
    } catch {
      guard count > 0 else { throw error }
      cut = .damage(error)
    }
    return nil
  }

  /// No more draws are taken.
  package func stop() { cut = cut ?? .wish }

  package func restart() throws {
    try source.restart()
    (cut, count) = (nil, 0)
  }
}

extension DrawSource {
  /// The stream of a sampler that this is, or that this looks at.
  package var live: LiveDraws? { self as? LiveDraws ?? (self as? HashedDraws)?.source.live }
}

extension PredictiveTask {
  /// At most `count` draws, as they are written, all of them shown to `body`; fewer where a sampler's
  /// stream is cut short, with a remark.
  package func read(
    _ source: any DrawSource,
    upTo count: Int = .max,
    _ body: ([Double]) -> Void = { _ in }
  ) throws -> [[Double]] {
    var draws: [[Double]] = []
    let live = source.live
    // A list of its own for each draw, and the copies that are made of it.
    let each = 48 + 8 * max(source.names.count, 1)
    let most = MachineMemory.bytes / (4 * each)
    let bound = source.bound
    var kept = 0
    while draws.count < count, let draw = try source.next() {
      guard draws.count < most else {
        throw RunError(
          "there are more draws than the \(grouped(most)) of \(draw.count) numbers that the memory "
            + "of this machine holds: give fewer of them, or --online, which keeps none"
        )
      }
      kept += each
      if kept >= MemoryBound.step {
        try bound?.take(Double(kept), for: "the list of its first \(grouped(draws.count)) draws")
        kept = 0
      }
      draws.append(draw)
      body(draw)
      guard work.isCancelled() else { continue }
      guard let live, !live.canBeReadAgain else {
        throw Stopped(
          "stopped while reading draws, before there was a student"
            + (folder.map { "; resume with: distill \($0.command) --resume \($0.url.path)" } ?? "")
        )
      }
      live.stop()
    }
    guard case .wish = live?.cut else { return draws }
    // The wish is fulfilled: the next one stops the training.
    work.heed()
    work.note(
      "reading stopped; the student is trained from the \(grouped(draws.count)) draws that came"
    )
    return draws
  }
}
