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
