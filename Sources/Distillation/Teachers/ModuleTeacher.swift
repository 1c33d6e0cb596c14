import Networks
import Tensors

/// A network that teaches: evaluated as it stands, never in training, its parameters constant.
public struct ModuleTeacher: Teacher {
  public let module: any Module
  public let meaning: Observation.Meaning
  /// Parameters that are rounded for products, with their rounded values.
  let rounded: [(parameter: Parameter, value: Tensor)]

  /// - Parameters:
  ///   - meaning: What the module's outputs are. The default is logits, as classifiers give them.
  ///   - products: The type that weights and inputs are rounded to before they are multiplied. The
  ///     default keeps the module's own type. With `.bfloat16` values are computed in that type
  ///     (the last layer of an `MLP` excepted); derivatives always are in the module's own.
  public init(
    _ module: some Module,
    observedAs meaning: Observation.Meaning = .logits,
    products: Products = .float32
  ) {
    self.module = module
    self.meaning = meaning
    rounded = products == .bfloat16 ? Self.rounding(module) : []
  }

  /// The same teacher without rounding.
  var unrounded: ModuleTeacher { ModuleTeacher(module, observedAs: meaning) }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try withTorchErrors {
      if case .none = request.derivatives, !rounded.isEmpty {
        return withoutGradient { observeRounded(inputs, request) }
      }
      return withoutGradient { module.observe(inputs, request, as: meaning) }
    }
  }
}
