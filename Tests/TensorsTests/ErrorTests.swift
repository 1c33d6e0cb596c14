import Testing

@testable import Tensors

@Suite struct ErrorTests {
  @Test func mismatchThrowsInsideAScopeAndNamesTheShapes() {
    let a = Tensor.ones([2, 3])
    let b = Tensor.ones([4, 5])
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors { a.matmul(b).softmax().sum() }
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("matmul of [2, 3] and [4, 5]: "))
    #expect(text.contains("cannot be multiplied"))
    #expect(!text.contains("\n"))
  }

  @Test func mismatchTrapsOutsideAScope() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor.ones([2, 3]) + Tensor.ones([4, 5])
    }
  }

  @Test(arguments: ["tpu", "cuda:x", "cuda:99", "cpu:1:2", ""])
  func unknownDeviceIsRefusedInOneSentence(name: String) {
    let error = #expect(throws: TorchError.self) { try Device(named: name) }
    #expect(error?.description.contains("'\(name)'") == true)
  }
}
