import Distillation
import Mathematics
import Tensors

/// Text as windows of equal length, in batches of which every position is an example: the label is the
/// token that comes next.
public struct SequenceWindows: Inputs {
  /// `[windows, length + 1]`, Int64: the last token of a window is the first of the next one.
  public let windows: Tensor
  private let batches: ExampleBatches

  public var stepCount: Int? { nil }
  public var count: Int { windows.shape[0] }
  /// Positions of a window.
  public var length: Int { windows.shape[1] - 1 }

  /// - Parameters:
  ///   - documents: Token ids, without ends. Documents follow one another, token 0 before and after
  ///     each; what is left at the end and fills no window is left out.
  ///   - batch: Windows in a batch; at most as many as there are.
  ///   - seed: Of the order, another in each epoch.
  /// - Throws: ``LanguageError`` where the text does not fill a window.
  public init(
    _ documents: [[Int]],
    length: Int,
    batch: Int,
    seed: UInt64,
    on device: Device = .cpu
  ) throws {
    let text = [0] + documents.flatMap { $0 + [0] }
    let count = (text.count - 1) / length
    guard count > 0 else {
      throw LanguageError(
        "text of \(text.count) tokens does not fill a window of \(length): give more text, or shorten "
          + "the windows"
      )
    }
    let tokens = Tensor(text, on: device)
    let places =
      Tensor.range(0..<count).insertingAxis(1) * Double(length)
      + Tensor.range(0..<(length + 1)).insertingAxis(0)
    windows = tokens[rows: places.flattened().cast(to: .int64).moved(to: device)]
      .reshaped(to: [count, length + 1])
    batches = Examples(windows).batches(of: min(batch, count), epochs: nil, shuffled: seed)
  }

  /// Every position in order, `[windows·length]`: what a teacher is recorded on.
  public var positions: Tensor { windows.slicing(0..<length, along: 1).flattened() }

  public func batch(_ step: Int) throws -> Batch? {
    guard let rows = try batches.batch(step) else { return nil }
    let starts = rows.indices!.insertingAxis(1) * Double(length)
    let places = starts + Tensor.range(0..<length, on: windows.device).insertingAxis(0)
    return Batch(windows: rows.inputs, indices: places.flattened().cast(to: .int64))
  }

  /// The windows of a step, `[batch, length + 1]`.
  func tokens(_ step: Int) throws -> Tensor { try batches.batch(step)!.inputs }
}

extension Batch {
  /// - Parameter windows: `[batch, length + 1]` token ids.
  init(windows: Tensor, indices: Tensor? = nil) {
    let length = windows.shape[1] - 1
    self.init(
      windows.slicing(0..<length, along: 1).flattened(),
      labels: windows.slicing(1..<(length + 1), along: 1).flattened(),
      indices: indices
    )
  }
}

/// What the student itself writes, as it is at each step: the inputs of on-policy distillation
/// (Agarwal et al., *On-Policy Distillation of Language Models*, 2024; Gu et al., *MiniLLM*, 2024).
///
/// Windows begin with the first tokens of those of a text and go on as the student does; the labels are
/// its own tokens. A batch depends on the student and the step alone, so that a resumed run sees the
/// same. Nothing is differentiated through the draws: what a loss then descends is said by
/// `Loss.sequenceReverseKullbackLeibler`.
public struct OwnSequences: Inputs {
  public let student: SequenceModel
  public let windows: SequenceWindows
  /// Tokens of the text that a window begins with.
  public let prompt: Int
  public let seed: UInt64

  public var stepCount: Int? { nil }

  public init(of student: SequenceModel, after windows: SequenceWindows, prompt: Int, seed: UInt64)
  {
    precondition(
      (1...windows.length).contains(prompt),
      "OwnSequences: a prompt of \(prompt) tokens in windows of \(windows.length)"
    )
    (self.student, self.windows, self.prompt, self.seed) = (student, windows, prompt, seed)
  }

  public func batch(_ step: Int) throws -> Batch? {
    let prompts = try windows.tokens(step).slicing(0..<prompt, along: 1)
    let generator = RandomGenerator(seed: mixed(seed, step), on: prompts.device)
    return Batch(windows: student.continued(prompts, to: windows.length + 1, using: generator))
  }
}
