import Testing

@testable import Tensors

@Suite struct OperationTests {
  @Test func everyOperationHasAReferenceAndTheReverse() {
    #expect(Operation.all.map(\.name).sorted() == ReferenceCase.all.keys.sorted())
  }

  /// Both sides round in Float64; the operations condition their inputs by less than 100.
  @Test(arguments: Operation.all)
  func valueIsTheReference(operation: Operation) {
    let expected = operation.reference.outputTensors
    for inputs in [operation.reference.inputTensors, operation.stridedInputs] {
      let results = operation.run(inputs)
      #expect(results.count == expected.count)
      for (result, expected) in zip(results, expected) {
        #expect(result.elementType == expected.elementType)
        #expect(result.shape == expected.shape)
        let scale = max(1, expected.cast(to: .float64).magnitude.maximum().doubleValue)
        #expect(result.largestDifference(from: expected) < operation.tolerance * scale)
      }
    }
  }

  @Test(arguments: Operation.all)
  func operandsStayWhatTheyWere(operation: Operation) {
    let inputs = operation.reference.inputTensors
    let before = inputs.map { $0.scalars(Double.self) }
    let results = operation.run(inputs)
    // Writing to a result must not reach its operands either, whether or not it is a view.
    for var result in results where result.elementType == .float64 {
      result.withUnsafeMutableBytes { $0.bindMemory(to: Double.self).update(repeating: 99) }
    }
    #expect(inputs.map { $0.scalars(Double.self) } == before)
  }
}
