import Tensors

/// A module that stays as it is: its parameters are saved and loaded under their own paths, but
/// training does not change them, and it is always evaluated as outside training.
///
/// ```swift
/// let student = Sequential(backbone, projector, Frozen(teacherHead))
/// ```
public struct Frozen: Module {
  public let module: any Module

  public init(_ module: any Module) { self.module = module }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { module(input) }

  public var members: [(name: String, member: ModuleMember)] { [("", .frozen(module))] }
}
