import Tensors

/// An operator of libtorch as a function that throws, for operations that are written in Swift.
///
/// ```swift
/// static let linear = Torch("linear")
/// let y = try linear(.tensor(x), .tensor(weight), .none)
/// ```
struct Torch: @unchecked Sendable {
  private let operation: NamedOperator

  /// - Parameter name: Of an operator that every libtorch has.
  init(_ name: String, _ overload: String = "") {
    guard let found = NamedOperator("aten::\(name)", overload) else {
      preconditionFailure("libtorch has no operator aten::\(name).\(overload)")
    }
    operation = found
  }

  func callAsFunction(_ arguments: Argument...) throws -> Tensor {
    try results(arguments, 1)[0]
  }

  func results(_ arguments: [Argument], _ count: Int) throws -> [Tensor] {
    try SizeLimit.check(operation, arguments)
    let results = try operation.results(arguments, capacity: count)
    try SizeLimit.check(results)
    return try results.map { result in
      guard case .tensor(let tensor) = result else {
        throw TorchError("\(operation.name) gives no tensor")
      }
      return tensor
    }
  }
}
