import Tensors

/// Modules one after another. The result of each can be tapped by its position: `"2"`.
public struct Sequential: Module {
  public let layers: [any Module]

  public init(_ layers: any Module...) { self.layers = layers }

  public init(_ layers: [any Module]) { self.layers = layers }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    var value = input
    for (index, layer) in layers.enumerated() {
      value = pass.within("\(index)") { layer(value, pass) }
    }
    return value
  }

  public var members: [(name: String, member: ModuleMember)] {
    layers.enumerated().map { ("\($0.offset)", .module($0.element)) }
  }
}
