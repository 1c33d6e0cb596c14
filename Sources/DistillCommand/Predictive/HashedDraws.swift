import Distill
import Foundation

/// The first draws that were read of a source, by the hash of their numbers.
struct DrawsRead: Codable, Equatable {
  let count: Int
  let sha256: String
}

/// A source that keeps the hash of the draws it gave: a run that goes on knows its draws again, also
/// those of a pipe, whose content no recipe can name.
final class HashedDraws: DrawSource {
  let source: any DrawSource
  private var hash = SHA256()
  private var count = 0
  private var isEnded = false
  private var expected: DrawsRead?

  init(_ source: any DrawSource) { self.source = source }

  var names: [String] { source.names }
  var chainCount: Int { source.chainCount }
  var latestChain: Int { source.latestChain }
  var divergences: Int { source.divergences }
  var promisedCount: Int? { source.promisedCount }
  var isSampledHere: Bool { source.isSampledHere }

  /// What was read so far.
  var read: DrawsRead {
    var hash = hash
    return DrawsRead(count: count, sha256: hash.finalize())
  }

  /// Demands that the draws begin with those that an earlier run read.
  ///
  /// - Throws: ``CommandError`` here, or as soon as it is seen that they do not.
  func expect(_ earlier: DrawsRead) throws {
    expected = earlier
    try check()
  }

  func next() throws -> [Double]? {
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

  func restart() throws {
    try source.restart()
    (hash, count, isEnded) = (SHA256(), 0, false)
  }

  private func check() throws {
    guard let expected, isEnded || count >= expected.count else { return }
    guard read == expected else {
      throw CommandError(
        "the first \(grouped(expected.count)) draws are not those that the run had read before it "
          + "was stopped: give the same draws again, or start a new run"
      )
    }
    self.expected = nil
  }
}

/// Inputs whose checkpoints say which draws were read.
struct InputsOfDraws: ResumableInputs {
  let inputs: any Inputs
  let draws: HashedDraws

  var stepCount: Int? { inputs.stepCount }

  func batch(_ step: Int) throws -> Batch? { try inputs.batch(step) }

  var state: [String: Tensor] {
    let read = jsonLine(draws.read)
    return ["draws": Tensor(Array(read.utf8))]
  }

  /// Checkpoints of earlier versions do not say it.
  func restore(_ state: [String: Tensor]) throws {
    guard let bytes = state["draws"] else { return }
    guard bytes.elementType == .uint8,
      let read = try? JSONDecoder().decode(DrawsRead.self, from: Data(bytes.scalars(UInt8.self)))
    else { throw CommandError("the checkpoint is damaged: start a new run") }
    try draws.expect(read)
  }
}
