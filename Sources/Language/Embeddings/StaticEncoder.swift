import Distillation
import Networks
import Tensors

/// Sentences as means of their tokens, which have an embedding each: token ids `[batch, length]` to
/// `[batch, outputs]`.
///
/// projection(Σ w_t·e_t / Σ w_t), w the exponential of what is learnt as a token's importance. It knows
/// nothing of order, and costs little more than splitting the sentence into tokens.
///
/// ```swift
/// let student = StaticEncoder(
///   tokenizer.idCount, width: 128, outputs: 384, using: RandomGenerator(seed: 1))
/// let embeddings = student(tokenizer.padded(["Knowledge, distilled."], to: 64))
/// ```
public struct StaticEncoder: MeaningfulModule {
  public let meaning = Observation.Meaning.reals
  /// `[ids, width]`.
  public let table: Embedding
  /// log w, `[ids, 1]`; nil where all tokens count alike.
  public let importance: Embedding?
  /// To as many numbers as the teacher has; nil where the mean is the embedding.
  public let projection: Linear?

  /// - Parameters:
  ///   - ids: How many tokens there are, such as ``Tokenizer/idCount``.
  ///   - width: Numbers of a token.
  ///   - outputs: Numbers of a sentence; nil for those of a token.
  ///   - isWeighted: Whether tokens have an importance.
  public init(
    _ ids: Int,
    width: Int,
    outputs: Int? = nil,
    isWeighted: Bool = true,
    using generator: RandomGenerator
  ) {
    let spread = 1 / Double(width).squareRoot()
    table = Embedding(
      ids,
      width,
      initialization: .normal(standardDeviation: spread),
      using: generator
    )
    importance = isWeighted ? Embedding(ids, 1, initialization: .zeros, using: generator) : nil
    projection = outputs.map { Linear(width, $0, bias: false, using: generator) }
  }

  /// With embeddings that are there already.
  ///
  /// - Parameters:
  ///   - embeddings: `[ids, width]`.
  ///   - importance: log w, `[ids]`; nil where all tokens count alike.
  ///   - outputs: Numbers of a sentence, by a projection that has yet to be learnt; nil for the mean.
  public init(
    _ embeddings: Tensor,
    importance: Tensor? = nil,
    outputs: Int? = nil,
    using generator: RandomGenerator = RandomGenerator(seed: 0)
  ) {
    let shape = embeddings.shape
    self.init(
      shape[0],
      width: shape[1],
      outputs: outputs,
      isWeighted: importance != nil,
      using: generator
    )
    table.weight.replace(with: embeddings.cast(to: .float32))
    if let importance {
      self.importance!.weight.replace(with: importance.cast(to: .float32).insertingAxis(1))
    }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard PaddedTokens.holdIDs(input) else { return input }
    let tokens = PaddedTokens(input)
    let weights = importance.map { $0(tokens.ids, pass).removingAxis(2).exponential }
    let mean = pass.tap("mean", tokens.mean(table(tokens.ids, pass), weights: weights))
    return projection?(mean, pass) ?? mean
  }
}
