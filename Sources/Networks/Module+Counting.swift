import Tensors

extension Module {
  /// How many multiply–adds one evaluation takes: those of linear maps, convolutions, recurrences
  /// and attention. Additions of biases, activations, normalisation and pooling are not counted;
  /// they are few beside them.
  ///
  /// ```swift
  /// let student = MLP([784, 50, 30, 10], using: generator)
  /// student.multiplyAdds(for: .zeros([1, 784]))  // 784·50 + 50·30 + 30·10 = 41,000
  /// ```
  ///
  /// A module of one's own that multiplies by itself adds its part with ``Pass/count(_:)``.
  ///
  /// - Parameter input: A batch; with one example the number is that of an example.
  public func multiplyAdds(for input: Tensor) -> Int {
    let pass = Pass(countsMultiplyAdds: true)
    _ = withoutGradient { forward(input, pass) }
    return pass.multiplyAdds
  }
}
