import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct ProjectionTests {
  let loss = LossCase(isBinary: false) { .projectedDerivativeSquaredError(projections: 4) }
  let full = LossCase(isBinary: false) { .derivativeSquaredError }

  private func values(_ directions: Tensor) throws -> (projected: Double, full: Double) {
    let fixture = loss.fixture
    let (student, teacher) = (fixture.studentNetwork, ModuleTeacher(fixture.memberNetworks[0]))
    return try (
      loss.value(student, teacher, fixture.batch, directions).doubleValue,
      full.value(student, teacher, fixture.batch, directions).doubleValue
    )
  }

  /// K orthogonal directions of length √K have E[v vᵀ] = 1 exactly.
  @Test func isTheFullLossOnAnOrthogonalFrame() throws {
    let batch = loss.fixture.batch.count
    let frame = Tensor.identity(4, .float64).insertingAxis(0).broadcast(to: [batch, 4, 4]) * 2
    let (projected, full) = try values(frame)
    #expect(abs(projected - full) < 1e-13)
  }

  /// The mean over 2,000 draws lies within 4 standard errors: a chance of 6e−5 to fail for the
  /// one seed that is used.
  @Test func isUnbiasedOverRandomDirections() throws {
    let generator = RandomGenerator(seed: 11)
    let draws = try (0..<2_000).map { _ in
      try values(.normal([loss.fixture.batch.count, 4, 4], .float64, using: generator))
    }
    let sample = Tensor(draws.map(\.projected))
    let error = (sample.variance().doubleValue / Double(draws.count)).squareRoot()
    #expect(abs(sample.mean().doubleValue - draws[0].full) < 4 * error)
    // The test must be able to see a wrong factor 1/K.
    #expect(error < draws[0].full / 40)
  }

  /// Directions that the distiller draws reach both sides, and make the same step as when the
  /// teacher answers for all outputs.
  @Test func recordedDerivativesServeProjections() throws {
    let fixture = loss.fixture
    let teacher = ModuleTeacher(fixture.memberNetworks[0])
    let recorded = try RecordedTeacher(of: teacher, on: fixture.batch.inputs, derivatives: true)
    var batch = fixture.batch
    batch.indices = .range(0..<batch.count)
    func losses(_ teacher: any Teacher) throws -> [Double] {
      let distiller = Distiller(
        fixture.studentNetwork,
        minimizing: .projectedDerivativeSquaredError(),
        using: SGD(learningRate: 0.1),
        seed: 5
      )
      return try (0..<3).map { _ in try distiller.step(on: batch, observing: teacher) }
    }
    for (live, replayed) in try zip(losses(teacher), losses(recorded)) {
      #expect(abs(live - replayed) < 1e-13)
    }
  }
}
