import Tensors

/// A function of each element between layers, usable as a layer.
public enum Activation: String, Module, Sendable, CaseIterable, Codable {
  case identity, relu, tanh, sigmoid, gelu, silu, elu, leakyReLU, softplus, hardSwish

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    switch self {
    case .identity: input
    case .relu: input.relu
    case .tanh: input.tanh
    case .sigmoid: input.sigmoid
    case .gelu: input.gelu()
    case .silu: input.silu
    case .elu: input.elu
    case .leakyReLU: input.leakyReLU()
    case .softplus: input.softplus
    case .hardSwish: input.hardSwish
    }
  }

  public var members: [(name: String, member: ModuleMember)] { [] }
}
