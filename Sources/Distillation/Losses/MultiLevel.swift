import Mathematics
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
    relations("exampleRelations", temperature) { $0 }
  }

  /// How alike the classes are: 1/K ‖Fᵀ F − Tᵀ T‖², F and T the softened probabilities
  /// `[batch, classes]`.
  ///
  /// Depends on the whole batch. Not multiplied by T². A part of ``multiLevel(temperatures:)``.
  public static func classRelations(temperature: Double = 4) -> Loss {
    relations("classRelations", temperature) { $0.transposed() }
  }

  /// 1/n ‖A Aᵀ − B Bᵀ‖², A and B the `n` rows made of the probabilities of student and teacher.
  private static func relations(
    _ name: String,
    _ temperature: Double,
    _ rows: @escaping (Tensor) -> Tensor
  ) -> Loss {
    precondition(temperature > 0, "\(name): temperature \(temperature) is not positive")
    return Loss(
      name,
      [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try rows(comparison.student.probabilities(temperature: temperature))
      let target = try rows(comparison.taught().probabilities(temperature: temperature))
      return productDistance(own, target) / Double(own.shape[0])
    }
  }

  /// ‖A Aᵀ − B Bᵀ‖² of matrices of one shape, by products of columns where these are fewer than rows.
  private static func productDistance(_ a: Tensor, _ b: Tensor) -> Tensor {
    if 3 * a.shape[1] >= 2 * a.shape[0] {
      return sumOfSquares(a.matmul(a.transposed()), b.matmul(b.transposed()))
    }
    // With S = A + B and D = A − B the difference is ½ (S Dᵀ + D Sᵀ), whose square is
    // ½ (⟨SᵀS, DᵀD⟩ + ⟨SᵀD, DᵀS⟩): nothing cancels where A is near B.
    let (sum, difference) = (a + b, a - b)
    let mixed = sum.transposed().matmul(difference)
    let squares =
      sum.transposed().matmul(sum) * difference.transposed().matmul(difference)
      + mixed * mixed.transposed()
    return squares.sum() * 0.5
  }
}
