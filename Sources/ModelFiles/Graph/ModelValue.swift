import Tensors

/// What a node of a graph gives, or takes.
indirect enum ModelValue {
  /// An argument that is left out, or an optional value that is not there.
  case none
  case tensor(Tensor)
  case integer(Int)
  case real(Double)
  case bool(Bool)
  /// Numbers of a type that libtorch does not compute with, in the tensor that carries them.
  case foreign(Tensor, ForeignType)
  case texts([String], shape: [Int])
  case sequence([ModelValue])

  init(_ result: NamedOperator.Result) {
    self =
      switch result {
      case .none: .none
      case .tensor(let tensor): .tensor(tensor)
      case .integer(let integer): .integer(integer)
      case .real(let real): .real(real)
      case .bool(let bool): .bool(bool)
      }
  }

  /// How many numbers it holds.
  var count: Int {
    switch self {
    case .tensor(let tensor), .foreign(let tensor, _): tensor.count
    case .sequence(let values): values.reduce(0) { $0 + $1.count }
    default: 1
    }
  }

  /// - Throws: ``TorchError`` when it is no number.
  func number() throws -> NamedOperator.Result {
    switch self {
    case .integer(let integer): return .integer(integer)
    case .real(let real): return .real(real)
    case .bool(let bool): return .bool(bool)
    case .tensor(let tensor): return .tensor(tensor)
    default: throw TorchError("a number is expected where there is none")
    }
  }

  /// The numbers, in the tensor that carries them.
  ///
  /// - Throws: ``TorchError`` when there are none.
  func tensor() throws -> Tensor {
    switch self {
    case .tensor(let tensor), .foreign(let tensor, _): return tensor
    default: throw TorchError("a tensor is expected where there is none")
    }
  }
}
