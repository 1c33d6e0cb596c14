import Distillation
import Tensors

/// A language model that teaches: what it said was recorded where the text is known beforehand, and it
/// is asked where a student writes the text.
public struct SequenceTeacher: Teacher {
  public let recorded: RecordedTeacher
  public let model: SequenceModel

  public init(_ recorded: RecordedTeacher, asking model: SequenceModel) {
    (self.recorded, self.model) = (recorded, model)
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try ModuleTeacher(model).observe(inputs, request)
  }

  public func observe(_ batch: Batch, _ request: Request) throws -> Observation {
    batch.indices == nil
      ? try observe(batch.inputs, request) : try recorded.observe(batch, request)
  }
}

extension RecordedTeacher {
  /// Only the most probable tokens of each position, with the mass of the rest as what is missing
  /// to 1: 12 bytes a token in place of 4 for each of all tokens.
  ///
  /// - Throws: `DistillationError` where there are no more tokens than that.
  public func keeping(mostProbable count: Int) throws -> RecordedTeacher {
    RecordedTeacher(try observation.mostProbable(count))
  }
}

extension SequenceWindows {
  /// What a model of the same tokens says at every position.
  ///
  /// - Parameter progress: Called with the positions done and all; what it throws ends the recording.
  public func recorded(
    _ teacher: SequenceModel,
    progress: ((_ done: Int, _ all: Int) throws -> Void)? = nil
  ) throws -> RecordedTeacher {
    try RecordedTeacher(
      of: ModuleTeacher(teacher.onWindows(of: length)),
      on: positions,
      chunk: 32 * length,
      progress: progress
    )
  }

  /// What a model of single bytes says about the next byte at every position of windows of longer
  /// tokens, filled up to as many classes as there are tokens with some that have no probability.
  ///
  /// Both look at the same bytes: positions are matched by where their tokens end (as GOLD does), not by
  /// how many came before. For `Loss.sortedProbabilities` and
  /// `Loss.firstByteKullbackLeibler`.
  ///
  /// - Throws: ``LanguageError`` where the teacher's tokens are not single bytes, or more than the
  ///   windows', or a byte of the windows has none.
  public func recorded(
    _ teacher: SequenceModel,
    of bytes: ByteVocabulary,
    aligningTo tokens: ByteVocabulary,
    progress: ((_ done: Int, _ all: Int) throws -> Void)? = nil
  ) throws -> RecordedTeacher {
    guard bytes.tokens.allSatisfy({ $0.count == 1 }), bytes.count <= tokens.count else {
      throw LanguageError(
        "the teacher's tokens must be single bytes, and no more than the student's \(tokens.count)"
      )
    }
    let ids = Dictionary(
      uniqueKeysWithValues: bytes.tokens.enumerated().map { ($0.element[0], $0.offset) }
    )
    let spelled = try tokens.tokens.map { token in
      try token.map { byte in
        guard let id = ids[byte] else {
          throw LanguageError("the teacher has no token for byte \(byte), which the student's have")
        }
        return id
      }
    }
    let all = positions.moved(to: .cpu).scalars(Int.self)
    var parts: [Tensor] = []
    for start in stride(from: 0, to: count, by: 32) {
      let rows = (start..<min(start + 32, count)).map { all[($0 * length)..<(($0 + 1) * length)] }
      let written = rows.map { row in row.flatMap { spelled[$0] } }
      let longest = written.map(\.count).max()!
      let filled = written.flatMap { $0 + [Int](repeating: 0, count: longest - $0.count) }
      let ends = rows.flatMap { row in
        var end = -1
        return row.map { token in
          end += spelled[token].count
          return end
        }
      }
      let said = try withTorchErrors {
        withoutGradient {
          teacher.onWindows(of: longest)(Tensor(filled, on: windows.device)).logSoftmax()
        }
      }
      let places = ends.enumerated().map { $0.offset / length * longest + $0.element }
      parts.append(said[rows: Tensor(places, on: windows.device)])
      try progress?(min(start + 32, count) * length, count * length)
    }
    let said = Tensor.concatenated(parts)
    let missing = tokens.count - bytes.count
    return RecordedTeacher(
      Observation(said.padded([(0, missing)], with: -1e4), meaning: .logProbabilities)
    )
  }
}
