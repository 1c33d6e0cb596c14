import Networks
import Tensors

/// A recurrent language model: logits of the next token at every place of windows of text, by an
/// embedding, gated recurrent units and a linear map.
///
/// Windows lie one after the other, `[windows·length]` token ids to `[windows·length, tokens]`, so that
/// every position is an example: batches, losses and recorded teachers are those of classification,
/// and a loss is a mean over positions. Each window begins with a state of zeros.
public struct SequenceModel: Module {
  public let embedding: Embedding
  public let gru: GRU
  public let head: Linear
  /// Positions of a window.
  public let length: Int

  /// The number of tokens.
  public var tokenCount: Int { head.weight.shape[0] }

  /// - Parameters:
  ///   - tokens: How many there are.
  ///   - width: Numbers that a token is embedded in.
  ///   - hidden: Units of each recurrent layer.
  public init(
    tokens: Int,
    width: Int,
    hidden: Int,
    layers: Int = 1,
    length: Int,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    embedding = Embedding(tokens, width, elementType, using: generator)
    gru = GRU(width, hidden, layers: layers, elementType, using: generator)
    head = Linear(hidden, tokens, elementType, using: generator)
    self.length = length
  }

  private init(_ other: SequenceModel, length: Int) {
    (embedding, gru, head) = (other.embedding, other.gru, other.head)
    self.length = length
  }

  /// The same parameters for windows of another length.
  public func onWindows(of length: Int) -> SequenceModel { SequenceModel(self, length: length) }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    precondition(
      input.rank == 1 && input.count % length == 0,
      "SequenceModel: windows of \(length) tokens one after the other, not \(input.shape)"
    )
    let embedded = embedding(input.reshaped(to: [-1, length]), pass)
    let states = pass.within("gru") { gru(embedded, pass) }
    return pass.within("head") { head(states, pass) }.flattened(from: 0, through: 1)
  }

  /// Windows that begin as the prompts do and go on as the model itself would, a token at a time.
  ///
  /// - Parameters:
  ///   - prompts: `[windows, tokens]`, at least one token each.
  ///   - length: Tokens of a window with its prompt.
  /// - Returns: `[windows, length]`.
  public func continued(
    _ prompts: Tensor,
    to length: Int,
    using generator: RandomGenerator
  ) -> Tensor {
    withoutGradient {
      var columns = [prompts]
      var (outputs, state) = gru.unrolled(embedding(prompts))
      for place in prompts.shape[1]..<max(length, prompts.shape[1]) {
        let logits = head(outputs.selecting(outputs.shape[1] - 1, along: 1))
        let next = logits.softmax().categoricalSample(1, using: generator)
        columns.append(next)
        if place + 1 < length { (outputs, state) = gru.unrolled(embedding(next), from: state) }
      }
      return .concatenated(columns, along: 1)
    }
  }
}
