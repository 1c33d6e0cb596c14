import Testing

@testable import Tensors

/// Who is differentiated when differentiations, and pauses of them, enclose each other.
@Suite struct GradientModeTests {
  struct Refused: Error {}
  let x = Tensor([2, -3] as [Double])

  /// Whether an operation on a tracked tensor would be recorded now.
  var isRecording: Bool { (x.startingGraph * 1).isTracked }

  @Test func pauseInsideGradientInsidePause() {
    withoutGradient {
      let slope = gradient(at: x) { x in
        // x²·x̄² with the second factor constant: 2x·x².
        (x.squared * withoutGradient { x.squared }).sum()
      }
      #expect(slope.scalars(Double.self) == [16, -54])
      #expect(!slope.isTracked)
      #expect(!isRecording)
    }
    #expect(isRecording)
  }

  @Test func gradientInsidePauseInsideGradientIsAConstant() {
    let slope = gradient(at: x) { x in
      let inner = withoutGradient { gradient(at: x) { $0.raised(to: 3).sum() } }
      #expect(!inner.isTracked)
      return (x * inner).sum()
    }
    #expect(slope.scalars(Double.self) == [12, 27])
  }

  @Test func capturedTensorOfTheOuterDifferentiationIsDifferentiated() {
    // d/da Σ ∂/∂x (a·x³) = Σ 3x²
    let a = Tensor(5.0)
    let slope = gradient(at: a) { a in
      gradient(at: x) { x in (a * x.raised(to: 3)).sum() }.sum()
    }
    #expect(slope.doubleValue == 3 * (4 + 9))
  }

  @Test func innerDifferentiationTakesCapturedTensorsAsConstants() {
    // d/dx [x · ∂/∂y (x·y)] at y = x is d/dx x² = 2x.
    let slope = gradient(at: x) { x in
      (x * gradient(at: x) { y in (x * y).sum() }).sum()
    }
    #expect(slope.scalars(Double.self) == [4, -6])
  }

  @Test func thirdDerivativeOfAFourthPower() {
    let third = gradient(at: x) { x in
      gradient(at: x) { x in
        gradient(at: x) { $0.raised(to: 4).sum() }.sum()
      }.sum()
    }
    #expect(third.largestDifference(from: x * 24) < 1e-13)
  }

  @Test func resultsOfTheOutermostDifferentiationAreConstants() {
    let result = valueWithGradient(at: x) { $0.squared.sum() }
    #expect(!result.value.isTracked && !result.gradient.isTracked)
    let pulled = vectorJacobianProduct(at: x, along: x) { $0.squared }
    #expect(!pulled.value.isTracked && !pulled.product.isTracked)
    let pushed = jacobianVectorProduct(at: x, along: x) { $0.squared }
    #expect(!pushed.value.isTracked && !pushed.product.isTracked)
    #expect(!jacobian(at: x) { $0.squared }.isTracked)
    let rows = batchJacobian(at: x.reshaped(to: [2, 1])) { $0.squared }
    #expect(!rows.value.isTracked && !rows.jacobian.isTracked)
  }

  @Test func thrownErrorsRestoreTheMode() {
    let deep = { (x: Tensor) throws -> Tensor in
      #expect(throws: Refused.self) {
        try withoutGradient { try gradient(at: x) { _ in throw Refused() } }
      }
      #expect(isRecording)
      throw Refused()
    }
    #expect(throws: Refused.self) { try gradient(at: x, of: deep) }
    #expect(throws: Refused.self) { try jacobian(at: x, of: deep) }
    #expect(throws: Refused.self) { try withoutGradient { throw Refused() } }
    #expect(isRecording)
    #expect(ThreadState.differentiationDepth == 0)
    #expect(!gradient(at: x) { $0.squared.sum() }.isTracked)
  }

  @Test func functionsThatDoNotDependOnTheirInput() {
    let constant = Tensor([1, 2, 3] as [Double])
    #expect(gradient(at: x) { _ in constant.sum() }.scalars(Double.self) == [0, 0])
    let pushed = jacobianVectorProduct(at: x, along: x) { _ in constant }
    #expect(pushed.product.scalars(Double.self) == [0, 0, 0])
    let pulled = vectorJacobianProduct(at: x, along: constant) { _ in constant }
    #expect(pulled.product.scalars(Double.self) == [0, 0])
    #expect(jacobian(at: x) { _ in constant }.scalars(Double.self) == Array(repeating: 0, count: 6))
    // Whole-number results cannot be differentiated, and depend on nothing.
    let pushedIndex = jacobianVectorProduct(at: x, along: x) { $0.indexOfMaximum() }
    #expect(pushedIndex.product.scalar(Double.self) == 0)
    // Depending on a captured tracked tensor only.
    let outer = gradient(at: constant) { c in
      (jacobianVectorProduct(at: x, along: x) { _ in c * c }.product + c).sum()
    }
    #expect(outer.scalars(Double.self) == [1, 1, 1])
  }

  @Test func outputsThatDependOnNothingAreLeftOut() {
    let slopes = differentiating([x]) { tracked, createGraph in
      pullback(
        of: [tracked[0].squared.sum(), Tensor(1.0)],
        along: [nil, nil],
        to: tracked,
        createGraph: createGraph,
        retainGraph: false
      )
    }
    #expect(slopes[0].scalars(Double.self) == [4, -6])
  }

  @Test func batchJacobianIsTheDiagonalOfTheWholeJacobian() {
    let generator = RandomGenerator(seed: 1)
    let batch = Tensor.normal([4, 3], .float64, using: generator)
    let weight = Tensor.normal([2, 3], .float64, using: generator)
    let f: (Tensor) -> Tensor = { $0.linear(weight: weight).tanh }
    let whole = jacobian(at: batch, of: f)  // [4, 2, 4, 3]
    let diagonal = Tensor.stacked((0..<4).map { whole[$0].selecting($0, along: 1) })
    let result = batchJacobian(at: batch, of: f)
    #expect(result.jacobian.shape == [4, 2, 3])
    #expect(result.jacobian.largestDifference(from: diagonal) < 1e-14)
    #expect(result.value.largestDifference(from: f(batch)) == 0)
  }

  @Test func emptyValuesHaveEmptyDerivatives() {
    #expect(jacobian(at: x) { $0[0..<0] }.shape == [0, 2])
    let batch = Tensor.zeros([4, 3], .float64)
    #expect(batchJacobian(at: batch) { $0.slicing(0..<0, along: 1) }.jacobian.shape == [4, 0, 3])
    #expect(gradient(at: Tensor.zeros([0], .float64)) { $0.sum() }.shape == [0])
  }
}
