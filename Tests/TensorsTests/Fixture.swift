import Foundation

@testable import Tensors

/// The inputs and results of `Fixtures/operations.json`, made by `Tools/reference/tensors.py`.
struct ReferenceCase: Decodable {
  struct Packed: Decodable {
    let type: ElementType
    let shape: [Int]
    let elements: [Double]

    var tensor: Tensor { Tensor(elements, shape: shape).cast(to: type) }
  }

  private let inputs: [Packed]
  private let outputs: [Packed]

  var inputTensors: [Tensor] { inputs.map(\.tensor) }
  var outputTensors: [Tensor] { outputs.map(\.tensor) }

  static let all: [String: ReferenceCase] = {
    let url = Bundle.module.url(
      forResource: "operations",
      withExtension: "json",
      subdirectory: "Fixtures"
    )
    guard let url, let data = try? Data(contentsOf: url) else { return [:] }
    return (try? JSONDecoder().decode([String: ReferenceCase].self, from: data)) ?? [:]
  }()
}

extension Operation {
  var reference: ReferenceCase { ReferenceCase.all[name]! }

  /// The inputs in memory that is not in row-major order.
  var stridedInputs: [Tensor] {
    reference.inputTensors.map { input in
      // Every other element of a twice as long last axis, whose other elements are a decoy.
      guard let last = input.shape.last else { return input }
      let doubled = Tensor.stacked([input, input.zerosLike], along: -1)
        .reshaped(to: input.shape.dropLast() + [2 * last])
      return doubled.slicing(0..<(2 * last), along: -1, by: 2)
    }
  }
}
