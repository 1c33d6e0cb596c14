import Tensors

/// In training each element is zero with a probability, and divided by the probability of the other
/// case else, so that its mean stays (Srivastava et al. 2014). In evaluation nothing happens.
public struct Dropout: Module {
  public let probability: Double

  /// - Parameter probability: Of being zero. The default is the paper's for hidden layers.
  public init(_ probability: Double = 0.5) {
    precondition((0...1).contains(probability), "Dropout(\(probability)): not a probability")
    self.probability = probability
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard let generator = pass.generator, probability > 0 else { return input }
    guard probability < 1 else { return input * 0 }
    let kept = input.bernoulliMask(probability: 1 - probability, using: generator)
    return input * (kept / (1 - probability))
  }

  public var members: [(name: String, member: ModuleMember)] { [] }
}
