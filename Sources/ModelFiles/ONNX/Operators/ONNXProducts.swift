import Tensors

/// Products of matrices.
enum ONNXProducts {
  private static let matmul = Torch("matmul")
  private static let einsum = Torch("einsum")
  private static let scaled = Torch("mul", "Scalar")
  private static let add = Torch("add", "Tensor")
  private static let determinant = Torch("linalg_det")

  static let all: [String: ONNXFunction] = [
    "MatMul": { call in [try matmul(.tensor(call[0]), .tensor(call[1]))] },
    "Gemm": { call in
      func factor(_ index: Int, _ name: String) throws -> Tensor {
        let x = try call[index]
        guard x.rank == 2 else { throw TorchError("shape \(x.shape) is no matrix") }
        return try call.integer(name, 0) != 0 ? ONNXShapes.permuted(x, [1, 0]) : x
      }
      let product = try matmul(.tensor(factor(0, "transA")), .tensor(factor(1, "transB")))
      let alpha = try call.real("alpha", 1)
      let value = alpha == 1 ? product : try scaled(.tensor(product), .real(alpha))
      guard let bias = call.optional(2) else { return [value] }
      let beta = try call.real("beta", 1)
      let term = beta == 1 ? bias : try scaled(.tensor(bias), .real(beta))
      return [try add(.tensor(value), .tensor(term), .integer(1))]
    },
    "Einsum": { call in
      let equation = try call.text("equation", "")
      return [try einsum(.string(equation.filter { $0 != " " }), .tensors(call.all()), .none)]
    },
    "Det": { call in [try determinant(.tensor(call[0]))] },
  ]
}
