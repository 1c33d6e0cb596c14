import Tensors

extension Loss {
  /// What the distance between two attention maps is.
  public enum AttentionDistance: String, Sendable, CaseIterable {
    /// The mean of squared differences over the places: the authors' own code, RepDistiller, and
    /// torchdistill's mode `code`.
    case code
    /// The Euclidean length ‖q_s − q_t‖, as the paper has it: torchdistill's mode `paper`.
    case paper
  }

  /// AT: distance between where student and teacher look, q = Q/‖Q‖ with
  /// Q(place) = Σ_c |a_c(place)|^p, mean over the batch.
  ///
  /// Channels may differ; where heights and widths do, the larger map is averaged over regions. Blind
  /// to the size of either map. With several taps add one term for each.
  ///
  /// Zagoruyko & Komodakis, *Paying More Attention to Attention* (2017): p = 2, weight β/2 with
  /// β = 1,000 divided by the number of places and of examples (their code), or weight 1,000 of
  /// ``AttentionDistance/code`` in RepDistiller.
  ///
  /// - Parameters:
  ///   - embedding: The taps of maps `[batch, channels, height, width]`.
  ///   - power: p.
  ///   - distance: How maps are compared. The default is what well-known code does.
  public static func attentionTransfer(
    of embedding: Embedding,
    power: Double = 2,
    as distance: AttentionDistance = .code
  ) -> Loss {
    precondition(power >= 1, "attentionTransfer: power \(power) is below 1")
    let name = distance == .code ? "attentionTransfer" : "attentionTransferAsInPaper"
    return Loss(name, [("power", power)], needs: embedding.needs) { comparison in
      let (student, teacher) = try embedding.maps(comparison, for: name)
      let (own, other) = atOneSize(student, teacher)
      func attention(_ map: Tensor) -> Tensor {
        let powers = (power == 2 ? map : map.magnitude).raised(to: power)
        return unitRows(powers.sum(along: 1).flattened(from: 1))
      }
      let (mine, theirs) = (attention(own), attention(other))
      switch distance {
      case .code: return meanSquare(mine, theirs)
      case .paper: return (mine - theirs).norm(along: 1).mean()
      }
    }
  }
}
