import Tensors

/// All axes from one on as one: `[batch, …]` to `[batch, elements]`.
public struct Flatten: Module {
  public let first: Int

  /// - Parameter first: The first axis to be flattened. The default keeps examples apart.
  public init(from first: Int = 1) { self.first = first }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input.flattened(from: first) }

  public var members: [(name: String, member: ModuleMember)] { [] }
}
