import Foundation
import Networks
import Tensors

/// A normal distribution of the teacher's features given the student's: its mean is a projector's
/// output, its variance a number for each channel, σ² = softplus(α) + 1e−5. Both are trained with the
/// student.
///
/// Ahn et al., *Variational Information Distillation for Knowledge Transfer* (2019), whose mean is
/// three 1×1 convolutions and whose first variance is 5.
public final class VariationalInformation: DeferredModule {
  /// μ.
  public let mean: Projector
  /// α, `[channels]`; nil until the channels are known.
  public private(set) var scale: Parameter?
  public private(set) var shapes: [[Int]]?
  private let firstVariance: Double
  private static let leastVariance = 1e-5

  /// - Parameters:
  ///   - mean: From the student's features to the teacher's. The default is the paper's, put in even
  ///     where the shapes are equal.
  ///   - variance: The first one.
  public init(
    mean: Projector = Projector(.perceptron, always: true),
    variance: Double = 5
  ) {
    precondition(variance > Self.leastVariance, "VariationalInformation: variance \(variance)")
    self.mean = mean
    firstVariance = variance
  }

  public func build(for shapes: [[Int]], like example: Tensor) throws {
    if mean.shapes == nil { try mean.build(for: shapes, like: example) }
    let alpha = log(exp(firstVariance - Self.leastVariance) - 1)
    let channels = Projector.Style.channels(shapes[1])
    scale = Parameter(.full(alpha, [channels], example.elementType, on: example.device))
    self.shapes = shapes
  }

  /// −log q(t | s) without its constant, mean over elements and batch.
  func negativeLogDensity(of teacher: Tensor, given student: Tensor, _ pass: Pass) throws -> Tensor
  {
    try prepare(for: student, teacher)
    let error = try mean(student, toward: teacher, pass) - teacher
    let variance = scale!.value.softplus + Self.leastVariance
    // Channels have a variance each, so their errors are summed first.
    let squares = error.raised(to: 2)
    let perChannel =
      teacher.rank == 4
      ? squares.mean(along: 0, 2, 3) : squares.flattened(from: 0, through: -2).mean(along: 0)
    return ((perChannel / variance + variance.logarithm) * 0.5).mean()
  }

  /// The mean alone.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { mean(input, pass) }

  public var members: [(name: String, member: ModuleMember)] {
    [("mean", .module(mean))] + (scale.map { [("scale", .parameter($0))] } ?? [])
  }

  public var announcement: String? { mean.announcement }
}

extension Loss {
  /// VID: mean over the elements of ½[(μ(s) − t)²/σ² + log σ²], mean over the batch: a bound on the
  /// information that the student's features keep of the teacher's; see ``VariationalInformation``.
  ///
  /// May be negative. For vectors, sequences and maps.
  ///
  /// Ahn et al., *Variational Information Distillation for Knowledge Transfer* (2019), weight 1.
  ///
  /// - Parameters:
  ///   - embedding: The taps.
  ///   - distribution: Mean and variance of the teacher's features given the student's.
  public static func variationalInformation(
    of embedding: Embedding,
    _ distribution: VariationalInformation = VariationalInformation()
  ) -> Loss {
    distribution.mean.place = embedding.place
    return Loss(
      "variationalInformation",
      needs: embedding.needs,
      modules: [distribution]
    ) { comparison in
      let (student, teacher) = try embedding.features(comparison)
      return try distribution.negativeLogDensity(of: teacher, given: student, comparison.pass)
    }
  }
}
