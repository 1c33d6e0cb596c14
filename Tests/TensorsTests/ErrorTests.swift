import Testing

@testable import Tensors

@Suite struct ErrorTests {
  let a = Tensor.ones([2, 3])
  let b = Tensor.ones([4, 5])

  @Test func mismatchThrowsInsideAScopeAndNamesTheShapes() {
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors { a.matmul(b).softmax().sum() }
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("matmul of [2, 3] and [4, 5]: "))
    #expect(text.contains("cannot be multiplied"))
    #expect(!text.contains("\n"))
  }

  /// What only our own checks see, each with the words its message must have.
  static let refusals: [(String, @Sendable () -> Void)] = [
    ("add of [2, 3] and [4, 5]", { _ = Tensor.ones([2, 3]) + Tensor.ones([4, 5]) }),
    ("cat of [2, 3] and [4, 5]", { _ = Tensor.concatenated([.ones([2, 3]), .ones([4, 5])]) }),
    ("linear of [2, 3] and [4, 5]", { _ = Tensor.ones([2, 3]).linear(weight: .ones([4, 5])) }),
    ("unbind of [2, 3]: there is no axis 2", { _ = Tensor.ones([2, 3]).unbound(along: 2) }),
    (
      "split of [2, 3]: there is no axis -3",
      { _ = Tensor.ones([2, 3]).split(every: 1, along: -3) }
    ),
    ("split of [2, 3]: pieces of length 0", { _ = Tensor.ones([2, 3]).split(every: 0) }),
    ("range 1..<4 does not fit axis 0", { _ = Tensor.ones([2, 3])[1..<4] }),
    ("select of [2, 3]", { _ = Tensor.ones([2, 3])[2] }),
    ("3 scalars for [2, 2]", { _ = Tensor([1, 2, 3] as [Float], shape: [2, 2]) }),
    ("4 scalars for [-2, -2]", { _ = Tensor([1, 2, 3, 4] as [Float], shape: [-2, -2]) }),
    ("rows of different lengths", { _ = Tensor([[1, 2], [3]] as [[Float]]) }),
    ("scalar of [2, 3]", { _ = Tensor.ones([2, 3]).doubleValue }),
    ("scalar of [0]", { _ = Tensor.ones([0]).scalar(Bool.self) }),
    ("0.5 is no int64", { _ = Tensor.full(0.5, [2], .int64) }),
    ("must be a scalar", { _ = gradient(at: .ones([2, 3])) { $0 } }),
    ("gradient at int64[2]", { _ = gradient(at: .ones([2], .int64)) { $0.sum() } }),
    (
      "along [3]: shapes must be equal",
      { _ = vectorJacobianProduct(at: .ones([2]), along: .ones([3])) { $0 } }
    ),
    (
      "at [2] along [3]",
      { _ = jacobianVectorProduct(at: .ones([2]), along: .ones([3])) { $0 } }
    ),
    ("batchJacobian at [2]", { _ = batchJacobian(at: .ones([2])) { $0 } }),
    ("linalg_svd of [2]", { _ = Tensor.ones([2]).singularValues }),
    ("full", { _ = Tensor.zeros([-1]) }),
  ]

  @Test(arguments: refusals.indices)
  func refusalThrowsInsideAScope(index: Int) {
    let (words, body) = Self.refusals[index]
    let error = #expect(throws: TorchError.self) { try withTorchErrors { body() } }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func mismatchTrapsOutsideAScopeAndNamesTheShapes() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.ones([2, 3]) + Tensor.ones([4, 5])
      }
    )
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("add of [2, 3] and [4, 5]: The size of tensor a (3) must match"))
  }

  @Test func ourOwnChecksTrapWithTheirWordsToo() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = gradient(at: Tensor.ones([2, 3])) { $0 * 2 }
      }
    )
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("gradient of a value of shape [2, 3]: must be a scalar"))
  }

  @Test func firstFailureIsTheOneThrown() {
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors {
        _ = a + b
        _ = a.matmul(b)
      }
    }
    #expect(error?.description.hasPrefix("add of [2, 3] and [4, 5]") == true)
  }

  @Test func failureComesBeforeAnErrorItCaused() {
    struct Own: Error {}
    #expect(throws: TorchError.self) {
      try withTorchErrors {
        _ = a + b
        throw Own()
      }
    }
    #expect(throws: Own.self) { try withTorchErrors { throw Own() } }
  }

  @Test func innerScopeKeepsItsFailureFromTheOuter() throws {
    let sum = try withTorchErrors {
      #expect(throws: TorchError.self) { try withTorchErrors { a + b } }
      return a + a
    }
    #expect(sum.sum().doubleValue == 12)
    #expect(ThreadState.errorScope == nil)
  }

  @Test func failureInsideADifferentiationIsThrownAndRestoresTheMode() {
    #expect(throws: TorchError.self) {
      try withTorchErrors { gradient(at: a) { $0.matmul(b) } }
    }
    #expect(ThreadState.differentiationDepth == 0)
  }

  @Test(arguments: ["tpu", "cuda:x", "cuda:99", "cpu:1:2", ""])
  func unknownDeviceIsRefusedInOneSentence(name: String) {
    let error = #expect(throws: TorchError.self) { try Device(named: name) }
    #expect(error?.description.contains("'\(name)'") == true)
  }
}
