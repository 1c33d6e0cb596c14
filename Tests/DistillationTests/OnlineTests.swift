import Networks
import Tensors
import Testing

@testable import Distillation

/// Which losses may be fed the observation of one draw of a random teacher, in place of the mean of
/// all draws: those whose gradient is the same on average.
@Suite struct OnlineTests {
  private func gap(_ loss: LossCase) throws -> Double {
    let fixture = loss.fixture
    let student = fixture.studentNetwork
    func gradient(_ teacher: any Teacher) throws -> Tensor {
      try loss.gradient(student, teacher, fixture.batch, fixture.directionTensor).gradient
    }
    let draws = try fixture.memberNetworks.map { try gradient(ModuleTeacher($0)) }
    let mean = Tensor.stacked(draws).mean(along: 0)
    return try mean.largestDifference(from: gradient(Ensemble(fixture.memberNetworks)))
  }

  @Test(arguments: [
    LossCase(isBinary: false) { .softCrossEntropy() },
    LossCase(isBinary: true) { .softCrossEntropy() },
    LossCase(isBinary: false) { .kullbackLeibler() },
    LossCase(isBinary: false) { .squaredErrorOnProbabilities },
    LossCase(isBinary: false) { .averageScoreMatching },
    LossCase(isBinary: true) { .averageScoreMatching },
  ])
  func oneDrawIsRightOnAverage(_ loss: LossCase) throws {
    #expect(try gap(loss) < 1e-13)
  }

  @Test(arguments: [
    LossCase(isBinary: true) { .squaredErrorOnLogits },
    LossCase(isBinary: false) { .squaredErrorOnLogProbabilities },
    LossCase(isBinary: false) { .reverseKullbackLeibler() },
    LossCase(isBinary: false) { .derivativeSquaredError },
    LossCase(isBinary: false) { .softCrossEntropy(temperature: 4) },
  ])
  func oneDrawIsWrongOnAverage(_ loss: LossCase) throws {
    #expect(try gap(loss) > 1e-3)
  }
}
