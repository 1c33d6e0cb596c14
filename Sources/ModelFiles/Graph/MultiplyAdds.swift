import Tensors

extension NamedOperator {
  /// How many multiply–adds a call takes, of the operators that have nearly all of them: products,
  /// convolutions, recurrences and attention.
  func multiplyAdds(_ arguments: [Argument], _ results: [Result]) -> Int {
    guard let name = name.split(separator: ":").last?.split(separator: ".").first,
      case .tensor(let output)? = results.first
    else { return 0 }
    let operands = arguments.map(\.operand)
    func shape(_ index: Int) -> [Int] {
      operands.indices.contains(index) ? operands[index]?.shape ?? [] : []
    }
    func count(_ index: Int) -> Int { shape(index).reduce(1, *) }
    let kernel = shape(1).dropFirst().reduce(1, *)
    switch name {
    case "linear": return count(0) * (shape(1).count == 2 ? shape(1)[0] : 1)
    case "conv1d", "conv2d", "conv3d": return output.count * kernel
    case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d": return count(0) * kernel
    case "convolution", "_convolution":
      if arguments.count > 6, case .bool(true) = arguments[6] { return count(0) * kernel }
      return output.count * kernel
    case "matmul", "mm", "bmm", "mv", "dot": return output.count * (shape(0).last ?? 1)
    case "addmm", "baddbmm", "addmv": return output.count * (shape(1).last ?? 1)
    case "scaled_dot_product_attention":
      guard let length = shape(1).dropLast().last, let width = shape(0).last else { return 0 }
      return count(0) * length + count(0) / max(width, 1) * length * (shape(2).last ?? 0)
    case "lstm", "gru", "rnn_tanh", "rnn_relu":
      let positions = count(0) / max(shape(0).last ?? 1, 1)
      let weights = arguments.flatMap(\.operandList).filter { $0.rank == 2 }
      return weights.reduce(0) { $0 + positions * $1.count }
    default: return 0
    }
  }
}

extension Argument {
  fileprivate var operand: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  fileprivate var operandList: [Tensor] {
    if case .optionalTensors(let tensors) = self { tensors.compactMap { $0 } } else { [] }
  }
}
