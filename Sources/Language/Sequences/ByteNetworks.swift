import Networks
import Tensors

/// A classifier that convolves the bytes of a text twice and takes of each filter the largest value:
/// ``ByteTexts`` to logits, `[texts, classes]`, after Kim (2014) and Zhang, Zhao & LeCun (2015).
public struct ByteConvolutions: Module {
  public let embedding: Embedding
  public let first: Convolution1D
  public let second: Convolution1D
  public let dropout: Dropout
  public let head: Linear

  /// - Parameter dropout: Of the filters' largest values.
  public init(
    classes: Int,
    width: Int,
    filters: Int,
    dropout: Double = 0.3,
    using generator: RandomGenerator
  ) {
    embedding = Embedding(ByteTexts.entries, width, using: generator)
    first = Convolution1D(width, filters, size: 5, padding: 2, using: generator)
    second = Convolution1D(filters, filters, size: 3, padding: 1, using: generator)
    self.dropout = Dropout(dropout)
    head = Linear(filters, classes, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let isThere = ByteTexts.presence(input, head.weight.value.elementType).insertingAxis(1)
    let bytes = embedding(input, pass).transposed(1, 2) * isThere
    // No filter sees that a row goes on after its text.
    let near = first(bytes, pass).relu * isThere
    let far = second(near, pass).relu * isThere
    return head(dropout(far.maximum(along: 2), pass), pass)
  }
}

/// A classifier that reads the bytes of a text in order with gated recurrent units and takes of each the
/// largest value: ``ByteTexts`` to logits, `[texts, classes]`.
public struct ByteRecurrence: Module {
  public let embedding: Embedding
  public let gru: GRU
  public let head: Linear

  public init(classes: Int, width: Int, hidden: Int, using generator: RandomGenerator) {
    embedding = Embedding(ByteTexts.entries, width, using: generator)
    gru = GRU(width, hidden, using: generator)
    head = Linear(hidden, classes, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let isMissing = (input .== 0).insertingAxis(2)
    let states = gru(embedding(input, pass), pass)
    return head(states.filled(with: -1, where: isMissing).maximum(along: 1), pass)
  }
}
