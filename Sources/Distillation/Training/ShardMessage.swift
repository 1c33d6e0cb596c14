import Tensors

/// What a process tells the others in a step: sums of gradients, the losses of its parts, and whether it
/// wants to stop.
///
/// One vector of the gradient's type: the pieces, then numbers of eight bytes each whose bits are carried
/// as they are.
struct ShardMessage {
  /// How many pieces and losses a message has, or has room for.
  typealias Counts = (pieces: Int, losses: Int)

  /// A flat gradient for each of the sender's pieces.
  let pieces: [Tensor]
  /// The losses of its parts.
  let losses: [Double]
  let isStopping: Bool

  init(pieces: [Tensor], losses: [Double], isStopping: Bool) {
    (self.pieces, self.losses, self.isStopping) = (pieces, losses, isStopping)
  }

  /// - Parameter room: The same for all who exchange messages.
  func tensor(_ room: Counts) -> Tensor {
    let (type, length) = (pieces[0].elementType, pieces[0].count)
    let numbers = [isStopping ? 1 : 0] + losses
    let padded = numbers + [Double](repeating: 0, count: room.losses + 1 - numbers.count)
    let tail = padded.withUnsafeBytes {
      Tensor(copying: $0, shape: [$0.count / type.byteCount], elementType: type)
    }
    let missing = Tensor.zeros([(room.pieces - pieces.count) * length], type)
    return .concatenated(pieces + [missing, tail])
  }

  /// - Parameters:
  ///   - counts: Of the sender.
  ///   - length: Of a piece.
  init(_ tensor: Tensor, _ counts: Counts, room: Counts, length: Int) {
    pieces = (0..<counts.pieces).map { tensor[$0 * length..<($0 + 1) * length] }
    let numbers = tensor[room.pieces * length..<tensor.count].withUnsafeBytes { bytes in
      (0...counts.losses).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
    isStopping = numbers[0] != 0
    losses = Array(numbers[1...])
  }
}
