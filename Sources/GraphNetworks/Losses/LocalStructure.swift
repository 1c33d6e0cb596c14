import Distillation
import Tensors

/// What engines know the losses of this room as.
public enum GraphTerm: TermIdentity {
  case localStructure(StructureKernel)
}

extension Loss {
  /// LSP: KL(t_i‖s_i), mean over the nodes i, where s_i and t_i say how alike a node is to each of its
  /// neighbours: softmax over the edges j → i of a kernel of the embeddings z_j and z_i, in student
  /// and teacher.
  ///
  /// Widths may differ. Nodes with fewer than two neighbours add 0. Takes memory for edges × width
  /// numbers, never for pairs of nodes. Blind to what the kernel is blind to: shift and rotation for
  /// distances, rotation for products.
  ///
  /// Yang et al., *Distilling Knowledge from Graph Convolutional Networks* (2020), beside a cross
  /// entropy on the labels.
  ///
  /// - Parameters:
  ///   - embedding: The taps, `[nodes, width]`: of all nodes of the graph, as ``NodeClassifier`` gives
  ///     them, also where a batch has only some.
  ///   - graph: Whose edges say who is whose neighbour.
  ///   - kernel: How alike two embeddings are.
  public static func localStructure(
    of embedding: Embedding,
    on graph: Graph,
    kernel: StructureKernel = .radialBasis()
  ) -> Loss {
    precondition(kernel.isSound, "localStructure: \(kernel) \(kernel.settings) is no kernel")
    let places = embedding.places
    return Loss(
      "localStructure",
      kernel.settings,
      taps: [("of", places), ("kernel", "\(kernel)")],
      needs: embedding.needs
    ) { comparison in
      let (student, teacher) = try embedding.features(comparison)
      for feature in [student, teacher]
      where feature.rank != 2 || feature.shape[0] != graph.nodeCount {
        throw DistillationError(
          "localStructure compares the neighbours of \(graph.nodeCount) nodes, but \(places) has "
            + "shape \(feature.shape): tap [\(graph.nodeCount), width], a row for every node"
        )
      }
      let own = graph.logSoftmax(kernel(student, along: graph))
      let other = graph.logSoftmax(kernel(teacher, along: graph))
      return (other.exponential * (other - own)).sum() / Double(max(graph.nodeCount, 1))
    }.identified(as: GraphTerm.localStructure(kernel))
  }
}

extension Loss.Embedding {
  /// As it is written after `of:`.
  fileprivate var places: String {
    switch self {
    case .values: "values"
    case .tap(let name): name
    case .taps(let student, let teacher): "\(student) → \(teacher)"
    }
  }
}
