import Tensors
import Testing

@testable import Networks

/// What PyTorch computes with a layer, from `layers.json`.
struct LayerReference: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let isTraining: Bool
  let input: ReferenceTensor
  let parameters: [String: ReferenceTensor]
  let output: ReferenceTensor
  let cotangent: ReferenceTensor
  let inputGradient: ReferenceTensor?
  let parameterGradients: [String: ReferenceTensor]
  let buffersAfter: [String: ReferenceTensor]

  var testDescription: String { name }

  private struct File: Decodable {
    let cases: [LayerReference]
  }

  static let all = (Fixture.decode("layers.json") as File).cases
}

@Suite struct LayerReferenceTests {
  /// Sums of at most a hundred products of order 1, a few of them one after another.
  static let tolerance = 1e-13

  @Test(arguments: LayerReference.all)
  func outputAndGradientsAreThoseOfPyTorch(reference: LayerReference) throws {
    let layerCase = try #require(LayerCase.all.first { $0.name == reference.name })
    let layer = layerCase.make(RandomGenerator(seed: 1))
    let named = layer.namedParameters
    #expect(Set(named.map(\.path)) == Set(reference.parameters.keys))
    for (path, parameter) in named {
      let value = try #require(reference.parameters[path]).tensor
      parameter.replace(with: value.cast(to: parameter.value.elementType))
    }

    let isIndex = reference.inputGradient == nil
    let input = Parameter(reference.input.tensor.cast(to: isIndex ? .int64 : .float64))
    var output = input.value
    let (_, gradients) = valueWithGradients(
      of: layer.parameters + (isIndex ? [] : [input])
    ) {
      output = layer(input.value, layerCase.pass)
      return (output * reference.cotangent.tensor).sum()
    }

    func expectEqual(_ value: Tensor, _ expected: ReferenceTensor, _ what: String) {
      let scale = max(1, expected.values.map(abs).max() ?? 0)
      let difference = value.largestDifference(from: expected.tensor)
      #expect(difference <= Self.tolerance * scale, "\(what)")
    }
    expectEqual(output, reference.output, "output")
    let trained = named.filter { $0.parameter.role == .trained }
    for ((path, _), gradient) in zip(trained, gradients) {
      expectEqual(gradient, try #require(reference.parameterGradients[path]), path)
    }
    if let expected = reference.inputGradient {
      expectEqual(try #require(gradients.last), expected, "input gradient")
    }
    for (path, parameter) in named where parameter.role == .buffer {
      expectEqual(parameter.value, try #require(reference.buffersAfter[path]), path)
    }
  }

  @Test func everyLayerHasAReference() {
    let without = LayerCase.all.map(\.name).filter { name in
      !LayerReference.all.contains { $0.name == name }
    }
    // Ours alone, or with random numbers that are not PyTorch's.
    #expect(
      without.sorted()
        == ["Dropout training", "LSTM dropout training", "MLP", "Residual", "identity"]
    )
  }
}
