import Distillation
import Networks
import Tensors

/// What an encoder makes of each token by itself: of that a static student is made without training,
/// by principal components and weights of the tokens (as model2vec does; Tulkens & van Dongen 2024).
///
/// ```swift
/// let outputs = try TokenOutputs(of: teacher, tokenizer)
/// let student = outputs.student(width: 256, counts: counts)
/// ```
public struct TokenOutputs {
  /// `[ids, width]`.
  public let values: Tensor

  /// - Parameters:
  ///   - chunk: How many tokens the encoder sees at once.
  ///   - progress: Called after each chunk with the tokens done and all of them; what it throws ends
  ///     the work.
  public init(
    of encoder: BERTEncoder,
    _ tokenizer: Tokenizer,
    chunk: Int = 1_024,
    progress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws {
    let count = min(tokenizer.idCount, encoder.configuration.ids)
    let (before, behind) = tokenizer.template
    var parts: [Tensor] = []
    for start in stride(from: 0, to: count, by: chunk) {
      let ids = start..<min(start + chunk, count)
      let rows = ids.flatMap { before + [$0] + behind }
      let input = Tensor(rows, shape: [ids.count, before.count + 1 + behind.count])
      let device = encoder.wordEmbeddings.weight.value.device
      parts.append(
        try withTorchErrors {
          withoutGradient { encoder.mean(input.moved(to: device), .evaluation) }
        }
      )
      try progress(ids.upperBound, count)
    }
    values = .concatenated(parts)
  }

  public init(_ values: Tensor) { self.values = values }

  /// The tokens' first principal components, each token weighted by a / (a + p), p its share of the
  /// tokens of a text (smooth inverse frequency; Arora et al. 2017).
  ///
  /// - Parameters:
  ///   - width: How many components, the encoder's width at most.
  ///   - counts: How often each token stands in texts, `[ids]`.
  ///   - smoothing: a.
  ///   - outputs: Numbers of a sentence, by a projection that has yet to be learnt; nil for the mean.
  public func student(
    width: Int,
    counts: Tensor,
    smoothing: Double = 1e-3,
    outputs: Int? = nil,
    using generator: RandomGenerator = RandomGenerator(seed: 0)
  ) -> StaticEncoder {
    precondition(
      1...values.shape[1] ~= width,
      "TokenOutputs.student: width \(width) of \(values.shape[1])"
    )
    let rows = values.cast(to: .float64)
    let centred = rows - rows.mean(along: 0, keepingAxes: true)
    let covariance = centred.transposed().matmul(centred) / Double(values.shape[0])
    let axes = covariance.symmetricEigen.vectors
    let kept = axes.slicing(values.shape[1] - width..<values.shape[1], along: 1)
    let embeddings = centred.matmul(kept)
    let seen = counts.cast(to: .float64)
    let shares = seen / seen.sum().clamped(min: 1)
    let weights = smoothing / (shares + smoothing)
    return StaticEncoder(
      embeddings,
      importance: weights.logarithm,
      outputs: outputs,
      using: generator
    )
  }
}
