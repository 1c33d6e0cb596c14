import Foundation
import Tensors

/// Documents in tokens, ready to be scored: how many bits a model needs for each, and how far it is
/// from a teacher.
public struct DocumentPanel {
  /// Bytes of each document with its end.
  public let bytes: [Int]
  private let chunks: [Chunk]

  /// Documents of about one length, filled up at their ends.
  private struct Chunk {
    let rows: [Int]
    /// `[documents·length]`.
    let inputs: Tensor
    let targets: Tensor
    /// 1 where there is something to predict, `[documents, length]`.
    let isThere: Tensor
    let length: Int
  }

  /// How a model does at each document.
  public struct Scores {
    /// −log₂ of the document's probability, its end included. With tokens of several bytes that of the
    /// one way it is written in, so no less than its own.
    public let bits: [Double]
    /// Σ over positions of KL(teacher‖model), in bits; nil without a teacher.
    public let divergence: [Double]?
    /// Positions at which the most probable token is the teacher's.
    public let agreement: [Double]?
  }

  /// - Throws: ``LanguageError`` where there are none, or one has a byte without a token.
  public init(
    _ documents: [[UInt8]],
    in vocabulary: ByteVocabulary,
    on device: Device = .cpu
  ) throws {
    guard !documents.isEmpty else { throw LanguageError("there are no documents to score") }
    bytes = documents.map { $0.count + 1 }
    let encoded = try documents.map(vocabulary.encoded)
    let order = encoded.indices.sorted { (encoded[$0].count, $0) < (encoded[$1].count, $1) }
    chunks = stride(from: 0, to: order.count, by: 64).map { start in
      let rows = Array(order[start..<min(start + 64, order.count)])
      let length = rows.map { encoded[$0].count }.max()! + 1
      func filled(_ row: (Int) -> [Int]) -> [Int] {
        rows.flatMap { row($0) + [Int](repeating: 0, count: length - encoded[$0].count - 1) }
      }
      let there = rows.flatMap { row in
        (0..<length).map { $0 <= encoded[row].count ? 1.0 : 0 }
      }
      return Chunk(
        rows: rows,
        inputs: Tensor(filled { [0] + encoded[$0] }, on: device),
        targets: Tensor(filled { encoded[$0] + [0] }, on: device),
        isThere: Tensor(there, shape: [rows.count, length]).moved(to: device),
        length: length
      )
    }
  }

  /// Log-probabilities at all positions, a tensor for some documents each: what students are compared
  /// with.
  public struct Answers {
    fileprivate let said: [Tensor]
  }

  public func answers(of model: SequenceModel) -> Answers {
    withoutGradient {
      Answers(said: chunks.map { model.onWindows(of: $0.length)($0.inputs).logSoftmax() })
    }
  }

  /// - Parameter teacher: What it answered here; of the same tokens.
  public func scores(of model: SequenceModel, beside teacher: Answers? = nil) -> Scores {
    scores(of: answers(of: model), beside: teacher)
  }

  public func scores(of answers: Answers, beside teacher: Answers? = nil) -> Scores {
    var bits = [Double](repeating: 0, count: bytes.count)
    var (divergence, agreement) = (bits, bits)
    func sums(_ values: Tensor, _ chunk: Chunk) -> [Double] {
      (values.cast(to: .float64).reshaped(to: chunk.isThere.shape) * chunk.isThere).sum(along: 1)
        .scalars(Double.self)
    }
    for (place, chunk) in chunks.enumerated() {
      let own = answers.said[place]
      let surprise = -own.gathering(chunk.targets.insertingAxis(1), along: 1)
      for (row, value) in zip(chunk.rows, sums(surprise, chunk)) { bits[row] = value / log(2) }
      guard let taught = teacher?.said[place] else { continue }
      let distance = (taught.exponential * (taught - own)).sum(along: 1)
      let same = taught.indexOfMaximum(along: 1) .== own.indexOfMaximum(along: 1)
      for (row, value) in zip(chunk.rows, sums(distance, chunk)) {
        divergence[row] = value / log(2)
      }
      for (row, value) in zip(chunk.rows, sums(same, chunk)) { agreement[row] = value }
    }
    return Scores(
      bits: bits,
      divergence: teacher == nil ? nil : divergence,
      agreement: teacher == nil ? nil : agreement
    )
  }

  /// What documents come to for each byte, with what every document has to do with it: values whose
  /// mean is the ratio of the sums, and whose spread is that ratio's (the delta method).
  public func perByte(_ sums: [Double]) -> [Double] {
    let mean = Double(bytes.reduce(0, +)) / Double(bytes.count)
    let ratio = sums.reduce(0, +) / Double(bytes.count) / mean
    return zip(sums, bytes).map { ratio + ($0 - ratio * Double($1)) / mean }
  }
}
