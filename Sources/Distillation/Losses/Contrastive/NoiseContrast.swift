import Foundation
import Tensors

/// Noise-contrastive estimation against rows of a bank: the value and its gradient with respect to
/// the embeddings, computed together so that no row of the bank is kept for a backward pass.
///
/// With a = v·m/τ − log(normalizer), the value is softplus(−a) of an example's own row plus
/// Σ softplus(a) of the others, mean over the batch.
struct NoiseContrast {
  let value: Double
  /// ∂value/∂embeddings, `[batch, width]`.
  let gradient: Tensor
  /// K times the mean of exp(v·m/τ): of this batch where none was given.
  let normalizer: Double

  /// - Parameters:
  ///   - places: Rows of the bank, `[batch, 1 + negatives]`, an example's own first.
  ///   - known: The normalizer, or 0 to take that of this batch.
  init(
    _ embeddings: Tensor,
    _ bank: Tensor,
    _ places: Tensor,
    _ temperature: Double,
    _ known: Double
  ) {
    let scaled = embeddings.detached / temperature
    let products: any RowProducts =
      bank.shape[0] <= 16 * (places.shape[1] - 1)
      ? AllRows(scaled, bank, places) : GatheredRows(scaled, bank, places)
    let similarity = products.similarity
    let (batch, draws) = (Double(places.shape[0]), Double(places.shape[1]))
    normalizer =
      known > 0
      ? known : (draws - 1) / (batch * draws) * exp(similarity.logSumExp(along: 0, 1).doubleValue)
    let against = similarity - log(normalizer)
    let own = against.slicing(0..<1, along: 1)
    value = (against.softplus.sum() - own.sum()).doubleValue / batch
    let pull = against.sigmoid
    let slopes = Tensor.concatenated(
      [pull.slicing(0..<1, along: 1) - 1, pull.slicing(1..<places.shape[1], along: 1)],
      along: 1
    )
    gradient = products.combined(slopes) / (temperature * batch)
  }

  /// The value as a function of the embeddings that it was computed at.
  func tensor(at embeddings: Tensor) -> Tensor {
    (gradient * (embeddings - embeddings.detached)).sum() + value
  }
}

/// Products of embeddings with chosen rows of a bank, and sums of those rows.
private protocol RowProducts {
  /// v·m for each place, `[batch, places]`.
  var similarity: Tensor { get }

  /// Σ w m over an example's places, `[batch, width]`.
  func combined(_ weights: Tensor) -> Tensor
}

/// By products with the whole bank, which are faster than gathering while the chosen rows are no
/// small part of it.
private struct AllRows: RowProducts {
  let similarity: Tensor
  private let bank: Tensor
  private let places: Tensor

  init(_ embeddings: Tensor, _ bank: Tensor, _ places: Tensor) {
    (self.bank, self.places) = (bank, places)
    similarity = embeddings.matmul(bank.transposed()).gathering(places, along: 1)
  }

  func combined(_ weights: Tensor) -> Tensor {
    let shape = [places.shape[0], bank.shape[0]]
    return Tensor.zeros(shape, bank.elementType, on: bank.device)
      .scatterAdding(weights, at: places, along: 1).matmul(bank)
  }
}

/// Row by row in chunks of examples whose rows take 32 MB.
private struct GatheredRows: RowProducts {
  let similarity: Tensor
  private let bank: Tensor
  private let chunks: [Tensor]

  init(_ embeddings: Tensor, _ bank: Tensor, _ places: Tensor) {
    self.bank = bank
    let bytes = places.shape[1] * bank.shape[1] * bank.elementType.byteCount
    let size = max(1, (32 << 20) / bytes)
    chunks = places.split(every: size)
    let parts = zip(embeddings.split(every: size), chunks).map { embedding, places in
      Self.rows(places, of: bank).matmul(embedding.insertingAxis(2)).removingAxis(2)
    }
    similarity = .concatenated(parts)
  }

  func combined(_ weights: Tensor) -> Tensor {
    let size = chunks[0].shape[0]
    return .concatenated(
      zip(weights.split(every: size), chunks).map { weight, places in
        weight.insertingAxis(1).matmul(Self.rows(places, of: bank)).removingAxis(1)
      }
    )
  }

  /// `[chunk, places, width]`.
  private static func rows(_ places: Tensor, of bank: Tensor) -> Tensor {
    bank[rows: places.flattened()].reshaped(to: places.shape + [bank.shape[1]])
  }
}
