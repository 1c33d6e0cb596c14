import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// The first draws that were read of a source, by the hash of their numbers.
package struct DrawsRead: Codable, Equatable {
  package let count: Int
  package let sha256: String
}

/// A source that keeps the hash of the draws it gave: a run that goes on knows its draws again, also
/// those of a pipe, whose content no recipe can name.
package final class HashedDraws: DrawSource {
  package let source: any DrawSource
  private var hash = SHA256()
  private var count = 0
  private var isEnded = false
  private var expected: DrawsRead?

  package init(_ source: any DrawSource) { self.source = source }

  package var names: [String] { source.names }
  package var chainCount: Int { source.chainCount }
  package var latestChain: Int { source.latestChain }
  package var divergences: Int { source.divergences }
  package var promisedCount: Int? { source.promisedCount }
  package var isSampledHere: Bool { source.isSampledHere }
  package var bound: MemoryBound? { source.bound }

  /// What was read so far.
  package var read: DrawsRead {
    var hash = hash
    return DrawsRead(count: count, sha256: hash.finalize())
  }

  /// Demands that the draws begin with those that an earlier run read.
  ///
  /// - Throws: `RunError` here, or as soon as it is seen that they do not.
  package func expect(_ earlier: DrawsRead) throws {
    expected = earlier
    try check()
  }

  package func next() throws -> [Double]? {
    let draw = try source.next()
    if let draw {
      count += 1
      draw.withUnsafeBytes { hash.update(Data($0)) }
    } else if case .wish = source.live?.cut {
      // What would have come is not known.
    } else {
      isEnded = true
    }
    try check()
    return draw
  }

  package func restart() throws {
    try source.restart()
    (hash, count, isEnded) = (SHA256(), 0, false)
  }

  private func check() throws {
    guard let expected, isEnded || count >= expected.count else { return }
    guard read == expected else {
      throw RunError(
        "the first \(grouped(expected.count)) draws are not those that the run had read before it "
          + "was stopped: give the same draws again, or start a new run"
      )
    }
    self.expected = nil
  }
}

/// Inputs whose checkpoints say which draws were read.
package struct InputsOfDraws: ResumableInputs {
  package let inputs: any Inputs
  package let draws: HashedDraws

  package var stepCount: Int? { inputs.stepCount }

  package func batch(_ step: Int) throws -> Batch? { try inputs.batch(step) }

  package var state: [String: Tensor] {
    let read = jsonLine(draws.read)
    return ["draws": Tensor(Array(read.utf8))]
  }

  /// Checkpoints of earlier versions do not say it.
  package func restore(_ state: [String: Tensor]) throws {
    guard let bytes = state["draws"] else { return }
    guard bytes.elementType == .uint8,
      let read = try? CarefulJSONDecoder()
        .decode(DrawsRead.self, from: Data(bytes.scalars(UInt8.self)))
    else { throw RunError("the checkpoint is damaged: start a new run") }
    try draws.expect(read)
  }
}
