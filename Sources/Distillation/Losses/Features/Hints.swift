import Tensors

extension Loss {
  /// FitNet's hints: mean over the elements of (r(s) − t)², r the regressor that brings the student's
  /// feature to the teacher's shape, mean over the batch.
  ///
  /// For vectors, sequences and maps. The paper has ½ the sum over elements in place of the mean, and
  /// trains the layers below the hint with it before the whole student is trained: run `distill`
  /// twice, with the hint alone and then with the loss on outputs.
  ///
  /// Romero et al., *FitNets: Hints for Thin Deep Nets* (2015). Weight 100 beside a cross entropy of
  /// 1 in RepDistiller, which trains both at once.
  ///
  /// - Parameters:
  ///   - embedding: The taps of the hint and of the guided layer.
  ///   - projector: r. The default is a convolution with batch normalisation and ReLU where the
  ///     shapes differ, and nothing where they are equal.
  public static func hints(
    of embedding: Embedding,
    through projector: Projector = Projector(.regressor)
  ) -> Loss {
    projected("hints", embedding, projector) { meanSquare($0, $1) }
  }
}
