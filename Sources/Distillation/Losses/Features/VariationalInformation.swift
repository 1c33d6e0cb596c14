import Foundation
import Networks
import Tensors

/// A normal distribution of the teacher's features given the student's: its mean is a projector's
/// output, its variance a number for each channel, σ² = softplus(α) + 1e−5. Both are trained with the
/// student.
struct VariationalInformation: Module {
  /// μ.
  let mean: Connector
  /// α, `[channels]`.
  let scale: Parameter
  static let leastVariance = 1e-5

  init(mean: Connector, variance: Double) {
    self.mean = mean
    let alpha = log(exp(variance - Self.leastVariance) - 1)
    let channels = Projector.Style.channels(mean.shapes[1])
    scale = Parameter(.full(alpha, [channels], mean.elementType, on: mean.device))
  }

  /// −log q(t | s) without its constant, mean over elements and batch.
  func negativeLogDensity(of teacher: Tensor, given student: Tensor, _ pass: Pass) throws -> Tensor
  {
    let error = try mean(student, toward: teacher, pass) - teacher
    let variance = scale.value.softplus + Self.leastVariance
    // Channels have a variance each, so their errors are summed first.
    let squares = error.raised(to: 2)
    let perChannel =
      teacher.rank == 4
      ? squares.mean(along: 0, 2, 3) : squares.flattened(from: 0, through: -2).mean(along: 0)
    return ((perChannel / variance + variance.logarithm) * 0.5).mean()
  }

  /// The mean alone.
  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { mean(input, pass) }
}

extension Loss {
  /// VID: mean over the elements of ½[(μ(s) − t)²/σ² + log σ²], mean over the batch: a bound on the
  /// information that the student's features keep of the teacher's. μ is a projector's output and σ²
  /// a number for each channel; both are trained with the student.
  ///
  /// May be negative. For vectors, sequences and maps.
  ///
  /// Ahn et al., *Variational Information Distillation for Knowledge Transfer* (2019), weight 1.
  ///
  /// - Parameters:
  ///   - embedding: The taps.
  ///   - mean: μ. The default is the paper's three 1×1 convolutions, put in even where the shapes are
  ///     equal.
  ///   - variance: The first σ². The default is the paper's.
  public static func variationalInformation(
    of embedding: Embedding,
    through mean: Projector = Projector(.perceptron, always: true),
    variance: Double = 5
  ) -> Loss {
    precondition(
      variance > VariationalInformation.leastVariance,
      "variationalInformation: variance \(variance)"
    )
    return .binding("variationalInformation", needs: embedding.needs) { binding in
      let distribution = VariationalInformation(
        mean: try binding.connector(mean, between: embedding),
        variance: variance
      )
      return BoundTerm([distribution]) { comparison in
        let (student, teacher) = try embedding.features(comparison)
        return try distribution.negativeLogDensity(of: teacher, given: student, comparison.pass)
      }
    }
  }
}
