import Tensors

/// A module's output added to its input: shortcut(x) + body(x) (He et al. 2016).
///
/// Parameter paths are `body.…` and `shortcut.…`.
public struct Residual: Module {
  public let body: any Module
  public let shortcut: (any Module)?

  /// - Parameter shortcut: Brings the input to the output's shape where the two differ. The default
  ///   adds the input as it is.
  public init(_ body: any Module, shortcut: (any Module)? = nil) {
    self.body = body
    self.shortcut = shortcut
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let direct =
      shortcut.map { shortcut in pass.within("shortcut") { shortcut(input, pass) } } ?? input
    return direct + pass.within("body") { body(input, pass) }
  }
}
