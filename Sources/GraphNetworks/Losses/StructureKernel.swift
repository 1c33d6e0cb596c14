import Tensors

/// How alike the embeddings z_i and z_j of two nodes are.
public enum StructureKernel: Hashable, Sendable, CustomStringConvertible {
  /// −‖z_i − z_j‖².
  case euclidean
  /// exp(−‖z_i − z_j‖² / scale).
  case radialBasis(scale: Double = 100)
  /// exp(−Σ|z_i − z_j| / scale): the authors' own code, with scale 100.
  case laplacian(scale: Double = 100)
  /// z_i·z_j.
  case linear
  /// (z_i·z_j + offset)^degree.
  case polynomial(degree: Int = 2, offset: Double = 0)

  /// The kernel at every edge, `[edges]`, from embeddings `[nodes, width]`.
  func callAsFunction(_ embeddings: Tensor, along graph: Graph) -> Tensor {
    let (sources, targets) = (embeddings[rows: graph.sources], embeddings[rows: graph.targets])
    switch self {
    case .euclidean: return -(sources - targets).squared.sum(along: 1)
    case .radialBasis(let scale):
      return ((sources - targets).squared.sum(along: 1) / -scale).exponential
    case .laplacian(let scale):
      return ((sources - targets).magnitude.sum(along: 1) / -scale).exponential
    case .linear: return (sources * targets).sum(along: 1)
    case .polynomial(let degree, let offset):
      return ((sources * targets).sum(along: 1) + offset).raised(to: Double(degree))
    }
  }

  var settings: [(name: String, value: Double)] {
    switch self {
    case .euclidean, .linear: []
    case .radialBasis(let scale), .laplacian(let scale): [("scale", scale)]
    case .polynomial(let degree, let offset): [("degree", Double(degree)), ("offset", offset)]
    }
  }

  public var description: String {
    switch self {
    case .euclidean: "euclidean"
    case .radialBasis: "radialBasis"
    case .laplacian: "laplacian"
    case .linear: "linear"
    case .polynomial: "polynomial"
    }
  }

  /// Whether the settings make sense.
  var isSound: Bool {
    switch self {
    case .euclidean, .linear: true
    case .radialBasis(let scale), .laplacian(let scale): scale > 0 && scale.isFinite
    case .polynomial(let degree, let offset): degree > 0 && offset.isFinite
    }
  }
}
