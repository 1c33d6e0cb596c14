import Tensors

extension Loss {
  /// Multi-level logit distillation: at each of several temperatures the sum of
  /// ``kullbackLeibler(temperature:)``, ``exampleRelations(temperature:)`` and
  /// ``classRelations(temperature:)``.
  ///
  /// Jin, Wang & Lin, *Multi-Level Logit Distillation* (2023), beside a cross entropy of weight 0.1
  /// and times 0.9. Weak and strong views of an image are the inputs' affair. The masks of the
  /// authors' code are left out: they multiply a number that was averaged already.
  ///
  /// - Parameter temperatures: The default is theirs.
  public static func multiLevel(temperatures: [Double] = [2, 3, 4, 5, 6]) -> Loss {
    Loss(
      temperatures.flatMap { temperature in
        [
          kullbackLeibler(temperature: temperature),
          exampleRelations(temperature: temperature),
          classRelations(temperature: temperature),
        ].flatMap(\.terms)
      }
    )
  }

  /// How alike the examples of a batch are: 1/B ‖F Fᵀ − T Tᵀ‖², F and T the softened probabilities
  /// `[batch, classes]`.
  ///
  /// Depends on the whole batch. Not multiplied by T². A part of ``multiLevel(temperatures:)``.
  public static func exampleRelations(temperature: Double = 4) -> Loss {
    relations("exampleRelations", temperature) { $0.matmul($0.transposed()) }
  }

  /// How alike the classes are: 1/K ‖Fᵀ F − Tᵀ T‖², F and T the softened probabilities
  /// `[batch, classes]`.
  ///
  /// Depends on the whole batch. Not multiplied by T². A part of ``multiLevel(temperatures:)``.
  public static func classRelations(temperature: Double = 4) -> Loss {
    relations("classRelations", temperature) { $0.transposed().matmul($0) }
  }

  private static func relations(
    _ name: String,
    _ temperature: Double,
    _ products: @escaping (Tensor) -> Tensor
  ) -> Loss {
    precondition(temperature > 0, "\(name): temperature \(temperature) is not positive")
    return Loss(
      name,
      [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try products(comparison.student.probabilities(temperature: temperature))
      let target = try products(comparison.taught().probabilities(temperature: temperature))
      return sumOfSquares(own, target) / Double(own.shape[0])
    }
  }
}
