import Networks
import Tensors

extension Loss {
  /// How two matrices of the flow of solution are compared.
  public enum FlowDistance: String, Sendable, CaseIterable {
    /// The mean of squared differences over their elements (RepDistiller).
    case squaredError
    /// The sum of the lengths of their differences' columns, without a square (torchdistill).
    case torchdistill
  }

  /// FSP: mean over the elements of (G_s − G_t)², mean over the batch, where
  /// G_ij = mean over places of a_i·b_j relates channel i at one tap to channel j at a later one:
  /// how the network goes from one to the other.
  ///
  /// Where the maps of a pair differ in height and width, the larger keeps the largest response of
  /// each region. The paper sums the squares and gives the pairs equal weights, in a stage of its own
  /// before the student is trained on labels.
  ///
  /// Yim et al., *A Gift from Knowledge Distillation* (2017). Weight 50 in RepDistiller.
  ///
  /// - Parameters:
  ///   - first: The taps where the flow starts.
  ///   - last: The taps where it ends.
  ///   - projectors: Bring the student's channels to the teacher's at either end, where they differ.
  ///     The default is linear.
  ///   - distance: How matrices are compared.
  public static func solutionFlow(
    from first: Embedding,
    to last: Embedding,
    through projectors: (first: Projector, last: Projector) = (Projector(), Projector()),
    as distance: FlowDistance = .squaredError
  ) -> Loss {
    let name =
      distance == .squaredError ? "solutionFlow" : "solutionFlowAsInTorchdistill"
    /// Student, teacher, and the shape that the student is brought to: each network's flow is at its
    /// own size.
    func seen(_ embedding: Embedding, _ comparison: Comparison) throws
      -> (student: Tensor, teacher: Tensor, shape: [Int])
    {
      let (student, teacher) = try embedding.maps(comparison, for: name)
      return (student, teacher, [teacher.shape[1]] + student.shape.suffix(2))
    }
    return .binding(
      name,
      taps: [("from", first.text), ("to", last.text)],
      needs: first.needs.union(last.needs)
    ) { binding in
      func connector(_ projector: Projector, _ embedding: Embedding, _ path: String) throws
        -> Connector
      {
        try binding.connector(projector, between: embedding.place, at: path) { comparison in
          let (student, _, shape) = try seen(embedding, comparison)
          return (student, shape)
        }
      }
      let ends = FlowEnds(
        first: try connector(projectors.first, first, "first"),
        last: try connector(projectors.last, last, "last")
      )
      return BoundTerm([ends]) { comparison in
        func brought(_ embedding: Embedding, _ connector: Connector) throws -> (Tensor, Tensor) {
          let (student, teacher, shape) = try seen(embedding, comparison)
          return (try connector(student, to: shape, comparison.pass), teacher)
        }
        let (start, end) = try (brought(first, ends.first), brought(last, ends.last))
        let (own, other) = (flow(start.0, end.0), flow(start.1, end.1))
        switch distance {
        case .squaredError: return meanSquare(own, other)
        case .torchdistill:
          return (own - other).norm(along: 1).sum() / Double(own.shape[0])
        }
      }
    }
  }

  /// G, `[batch, channels of a, channels of b]`.
  private static func flow(_ a: Tensor, _ b: Tensor) -> Tensor {
    let extent = zip(a.shape.suffix(2), b.shape.suffix(2)).map(min)
    func rows(_ map: Tensor) -> Tensor {
      (Array(map.shape.suffix(2)) == extent ? map : map.maxPooled(to: extent)).flattened(from: 2)
    }
    let (first, last) = (rows(a), rows(b))
    return first.matmul(last.transposed()) / Double(first.shape[2])
  }
}

/// The connectors at both ends of a flow.
private struct FlowEnds: Module {
  let first: Connector
  let last: Connector

  /// As a module it only carries its parameters.
  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { last(first(input, pass), pass) }
}
