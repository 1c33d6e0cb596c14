import Testing

@testable import Tensors

@Suite struct DifferentiationTests {
  @Test func gradientOfCubeIsThreeSquares() {
    let x = Tensor([1, -2, 0.5] as [Double])
    let slope = gradient(at: x) { $0.raised(to: 3).sum() }
    #expect(slope.scalars(Double.self) == [3, 12, 0.75])
  }

  @Test func gradientOfGradientNestsWithoutFurtherWords() {
    let x = Tensor([1, -2, 0.5] as [Double])
    let curvature = gradient(at: x) { x in gradient(at: x) { $0.raised(to: 3).sum() }.sum() }
    #expect(curvature.scalars(Double.self) == [6, -12, 3])
  }

  @Test func unusedInputHasGradientZero() {
    let x = Tensor([1, 2] as [Double])
    let result = valueWithGradients(at: [x, x]) { $0[0].sum() }
    #expect(result.gradients[1].scalars(Double.self) == [0, 0])
  }

  @Test func knownGradientIsHandedOn() {
    let x = Tensor([1, 2] as [Double])
    let seen = valueWithGradient(at: x) { x in
      let value = Tensor(5.0).knowing(gradient: Tensor([3, -4] as [Double]), at: x * 2)
      return value * 10
    }
    #expect(seen.value.doubleValue == 50)
    #expect(seen.gradient.scalars(Double.self) == [60, -80])
    #expect(!Tensor(5.0).knowing(gradient: x, at: x).isTracked)
  }

  @Test func keptElementsHaveTheirGradientOnly() {
    let x = Tensor([1, -2, 3] as [Double])
    let condition = Tensor([0, 1e-300, -1] as [Double])
    let seen = valueWithGradient(at: x) { $0.kept(wherePositive: condition).squared.sum() }
    #expect(seen.value.doubleValue == 4)
    #expect(seen.gradient.scalars(Double.self) == [0, -4, 0])
  }

  @Test func jacobianMatchesTheMatrixOfALinearMap() {
    let matrix = Tensor([[1, 2, 3], [4, 5, 6]] as [[Double]])
    let x = Tensor([0.1, 0.2, 0.3] as [Double])
    #expect(jacobian(at: x) { matrix.matmul($0) }.largestDifference(from: matrix) == 0)
  }

  @Test func productsAgreeWithTheJacobian() {
    let matrix = Tensor([[1, 2, 3], [4, 5, 6]] as [[Double]])
    let x = Tensor([0.1, 0.2, 0.3] as [Double])
    let f: (Tensor) -> Tensor = { matrix.matmul($0).tanh }
    let whole = jacobian(at: x, of: f)
    let u = Tensor([1, -1, 2] as [Double])
    let v = Tensor([0.5, -2] as [Double])
    let forward = jacobianVectorProduct(at: x, along: u, of: f).product
    let backward = vectorJacobianProduct(at: x, along: v, of: f).product
    #expect(forward.largestDifference(from: whole.matmul(u)) < 1e-14)
    #expect(backward.largestDifference(from: v.matmul(whole)) < 1e-14)
  }

  @Test func withoutGradientMakesAConstant() {
    let x = Tensor([2] as [Double])
    let slope = gradient(at: x) { x in (x * withoutGradient { x * x }).sum() }
    #expect(slope.scalars(Double.self) == [4])
  }
}
