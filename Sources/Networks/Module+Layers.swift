extension Module {
  /// What follows a tap as a network of its own, with the same parameters: a classifier's head is
  /// what follows the last features.
  ///
  /// ```swift
  /// let head = MLP([784, 500, 300, 10], using: generator).layers(after: "3")!  // 300 to 10
  /// ```
  ///
  /// For networks whose layers follow one another and are tapped by their position: ``MLP``,
  /// ``Sequential`` and ``ConvolutionalNetwork``.
  ///
  /// - Returns: nil for other networks, where the tap is not the position of a layer, and where
  ///   nothing follows it.
  public func layers(after tap: String) -> Sequential? {
    let layers: [any Module]
    switch self {
    case let network as MLP:
      layers =
        network.layers.dropLast().flatMap { [$0, network.activation] as [any Module] }
        + network.layers.suffix(1)
    case let network as ConvolutionalNetwork: layers = network.layers.layers
    case let network as Sequential: layers = network.layers
    default: return nil
    }
    guard let index = Int(tap), index >= 0, index < layers.count - 1, tap == "\(index)" else {
      return nil
    }
    return Sequential(Array(layers[(index + 1)...]))
  }
}
