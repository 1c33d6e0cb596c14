import Foundation
import Tensors

extension Loss {
  /// How alike two channels' maps of length 1 are, a and b.
  public enum SelectivityKernel: Sendable, Equatable {
    /// a·b.
    case linear
    /// (a·b)².
    case polynomial
    /// exp(−‖a − b‖²/(2σ²)).
    case gaussian(variance: Double)

    fileprivate var name: String {
      switch self {
      case .linear: "Linear"
      case .polynomial: ""
      case .gaussian: "Gaussian"
      }
    }
  }

  /// NST: the squared maximum mean discrepancy between where the student's channels respond and where
  /// the teacher's do, mean k(s, s) + mean k(t, t) − 2 mean k(s, t) over pairs of channels, whose maps
  /// are brought to length 1; mean over the batch.
  ///
  /// Channels may differ; where heights and widths do, the larger map is averaged over regions. Blind
  /// to the size and the order of channels. Takes memory for channels², or for places² where that is
  /// less, times the batch.
  ///
  /// Huang & Wang, *Like What You Like: Knowledge Distill via Neuron Selectivity Transfer* (2017):
  /// polynomial kernel, weight β/2 with β = 50 (50 in RepDistiller); linear and Gaussian kernels also
  /// there. The paper sets σ² to the mean squared distance between pairs; here it is a number:
  /// squared distances lie between 0 and 4, and are 2 for channels that have nothing in common.
  ///
  /// - Parameters:
  ///   - embedding: The taps of maps `[batch, channels, height, width]`.
  ///   - kernel: k.
  public static func neuronSelectivity(
    of embedding: Embedding,
    kernel: SelectivityKernel = .polynomial
  ) -> Loss {
    var settings: [(name: String, value: Double)] = []
    if case .gaussian(let variance) = kernel {
      precondition(variance > 0, "neuronSelectivity: variance \(variance) is not positive")
      settings = [("variance", variance)]
    }
    let name = "neuronSelectivity" + kernel.name
    return Loss(name, settings, needs: embedding.needs) { comparison in
      let (student, teacher) = try embedding.maps(comparison, for: name)
      let (small, large) = atOneSize(student, teacher)
      let (own, other) = (selectivity(small), selectivity(large))
      return discrepancy(own, other, kernel).mean()
    }
  }

  /// Maps of length 1, `[batch, channels, places]`.
  private static func selectivity(_ map: Tensor) -> Tensor {
    unitRows(inUnitsOfLargest(map.flattened(from: 2)))
  }

  /// The squared discrepancy of each example, `[batch]`.
  private static func discrepancy(
    _ own: Tensor,
    _ other: Tensor,
    _ kernel: SelectivityKernel
  ) -> Tensor {
    func means(_ kernel: (Tensor) -> Tensor) -> Tensor {
      func mean(_ a: Tensor, _ b: Tensor) -> Tensor {
        kernel(a.matmul(b.transposed())).mean(along: 1, 2)
      }
      return mean(own, own) + mean(other, other) - mean(own, other) * 2
    }
    switch kernel {
    case .linear:
      return (own.mean(along: 1) - other.mean(along: 1)).squared.sum(along: 1)
    case .polynomial where own.shape[2] <= max(own.shape[1], other.shape[1]):
      // Σ_ij (a_i·b_j)² = ⟨Σ_i a_i a_iᵀ, Σ_j b_j b_jᵀ⟩, matrices of places by places.
      func moments(_ rows: Tensor) -> Tensor {
        rows.transposed().matmul(rows) / Double(rows.shape[1])
      }
      return (moments(own) - moments(other)).squared.sum(along: 1, 2)
    case .polynomial: return means(\.squared)
    case .gaussian(let variance): return means { (($0 - 1) / variance).exponential }
    }
  }
}
