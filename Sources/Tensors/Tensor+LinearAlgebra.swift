private enum Aten {
  static let matmul = Operator("aten::matmul")
  static let addmm = Operator("aten::addmm")
  static let baddbmm = Operator("aten::baddbmm")
  static let trace = Operator("aten::trace")
  static let qr = Operator("aten::linalg_qr")
  static let linear = Operator("aten::linear")
  static let outer = Operator("aten::outer")
  static let einsum = Operator("aten::einsum")
  static let cholesky = Operator("aten::linalg_cholesky")
  static let inverse = Operator("aten::linalg_inv")
  static let solve = Operator("aten::linalg_solve")
  static let solveTriangular = Operator("aten::linalg_solve_triangular")
  static let slogdet = Operator("aten::linalg_slogdet")
  static let eigh = Operator("aten::linalg_eigh")
  static let svd = Operator("aten::linalg_svd")
  static let cdist = Operator("aten::cdist")
}

extension Tensor {
  /// The matrix product, over leading axes in batches: `[…, n, k]` times `[…, k, m]`.
  public func matmul(_ other: Tensor) -> Tensor { Aten.matmul(.tensor(self), .tensor(other)) }

  /// self + `scale`·a·b in one pass: `[n, m]` (or what broadcasts to it) with `[n, k]` and `[k, m]`, or
  /// the same with a leading batch axis in all three.
  public func adding(productOf a: Tensor, and b: Tensor, scale: Double = 1) -> Tensor {
    let operation = a.rank == 3 ? Aten.baddbmm : Aten.addmm
    return operation(.tensor(self), .tensor(a), .tensor(b), .integer(1), .real(scale))
  }

  /// x·Wᵀ + b: `[…, inputs]` by a weight `[outputs, inputs]` and a bias `[outputs]`.
  public func linear(weight: Tensor, bias: Tensor? = nil) -> Tensor {
    Aten.linear(.tensor(self), .tensor(weight), .tensor(bias))
  }

  /// The outer product of two vectors.
  public func outerProduct(_ other: Tensor) -> Tensor {
    Aten.outer(.tensor(self), .tensor(other))
  }

  /// A sum of products in Einstein's notation, such as `"bki,bi->bk"`.
  public static func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
    Aten.einsum(.string(equation), .tensors(operands))
  }

  /// The lower triangle L with L·Lᵀ = self, for positive definite matrices `[…, n, n]`.
  public var choleskyFactor: Tensor { Aten.cholesky(.tensor(self)) }

  /// The inverse of matrices `[…, n, n]`.
  public var inverseMatrix: Tensor { Aten.inverse(.tensor(self)) }

  /// X with self·X = `right`.
  public func solve(_ right: Tensor) -> Tensor { Aten.solve(.tensor(self), .tensor(right)) }

  /// X with self·X = `right`, this matrix being triangular.
  public func solveTriangular(_ right: Tensor, upper: Bool) -> Tensor {
    Aten.solveTriangular(.tensor(self), .tensor(right), .bool(upper))
  }

  /// The sum of the diagonal of a matrix.
  public var trace: Tensor { Aten.trace(.tensor(self)) }

  /// Q, R with self = Q·R, Q having orthonormal columns and R being an upper triangle.
  public var orthogonalFactors: (q: Tensor, r: Tensor) {
    let results = Aten.qr.results(.tensor(self), capacity: 2)
    return (results[0], results[1])
  }

  /// log |det|.
  public var logDeterminant: Tensor { Aten.slogdet.results(.tensor(self), capacity: 2)[1] }

  /// Eigenvalues in rising order and eigenvectors as columns, for symmetric matrices.
  public var symmetricEigen: (values: Tensor, vectors: Tensor) {
    let results = Aten.eigh.results(.tensor(self), capacity: 2)
    return (results[0], results[1])
  }

  /// U, S, Vᵀ with self = U·diag(S)·Vᵀ.
  public var singularValues: (u: Tensor, s: Tensor, vTransposed: Tensor) {
    let results = Aten.svd.results(.tensor(self), .bool(false), capacity: 3)
    return (results[0], results[1], results[2])
  }

  /// Distances between the rows of two matrices: `[n, d]` and `[m, d]` give `[n, m]`.
  public func pairwiseDistances(to other: Tensor, order: Double = 2) -> Tensor {
    Aten.cdist(.tensor(self), .tensor(other), .real(order))
  }
}
