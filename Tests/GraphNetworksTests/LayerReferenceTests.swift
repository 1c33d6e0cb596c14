import Networks
import Tensors
import Testing

@testable import GraphNetworks

/// What PyTorch Geometric computes with a layer, from `layers.json`.
struct LayerReference: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let nodes: Int
  let edges: [[Int]]
  let weights: ReferenceTensor?
  let input: ReferenceTensor
  let parameters: [String: ReferenceTensor]
  let output: ReferenceTensor
  let cotangent: ReferenceTensor
  let inputGradient: ReferenceTensor
  let parameterGradients: [String: ReferenceTensor]

  var testDescription: String { name }

  static let all: [LayerReference] = Fixture.cases("layers.json")

  var graph: Graph { try! Graph(Tensor(edges), nodes: nodes, weights: weights?.tensor) }

  /// The same layer of ours.
  func make() -> any Module {
    let (graph, generator) = (graph, RandomGenerator(seed: 1))
    return switch name {
    case "GraphConvolution", "GraphConvolution weighted":
      GraphConvolution(4, 3, on: graph, .float64, using: generator)
    case "GraphConvolution without bias":
      GraphConvolution(4, 3, on: graph, bias: false, .float64, using: generator)
    case "GraphSAGE mean": GraphSAGE(4, 3, on: graph, .float64, using: generator)
    case "GraphSAGE max": GraphSAGE(4, 3, .max, on: graph, .float64, using: generator)
    case "GraphAttention": GraphAttention(4, 3, on: graph, .float64, using: generator)
    case "GraphAttention of 3 heads":
      GraphAttention(4, 2, heads: 3, on: graph, .float64, using: generator)
    case "GraphAttention mean of heads":
      GraphAttention(4, 3, heads: 2, on: graph, concatenating: false, .float64, using: generator)
    case "GraphNetwork convolution":
      GraphNetwork(.convolution, [4, 6, 6, 2], on: graph, .float64, using: generator)
    case "GraphNetwork SAGE":
      GraphNetwork(.sage(), [4, 6, 2], on: graph, .float64, using: generator)
    case "GraphNetwork attention":
      GraphNetwork(.attention(heads: 2), [4, 6, 2], on: graph, .float64, using: generator)
    default: fatalError("no layer of ours is called \(name)")
    }
  }

  /// The same with the parameters of the file.
  func filled() -> any Module {
    let layer = make()
    for (path, parameter) in layer.namedParameters {
      if let value = parameters[path] { parameter.replace(with: value.tensor) }
    }
    return layer
  }
}

@Suite struct LayerReferenceTests {
  /// Sums of at most a hundred products of order 1, a few of them one after another.
  static let tolerance = 1e-13

  @Test(arguments: LayerReference.all)
  func outputAndGradientsAreThoseOfPyTorchGeometric(reference: LayerReference) throws {
    let layer = reference.filled()
    #expect(Set(layer.namedParameters.map(\.path)) == Set(reference.parameters.keys))
    let input = Parameter(reference.input.tensor)
    var output = input.value
    let (_, gradients) = valueWithGradients(of: layer.parameters + [input]) {
      output = layer(input.value)
      return (output * reference.cotangent.tensor).sum()
    }
    func expectEqual(_ value: Tensor, _ expected: ReferenceTensor, _ what: String) {
      let scale = max(1, expected.values.map(abs).max() ?? 0)
      let difference = value.largestDifference(from: expected.tensor)
      #expect(difference <= Self.tolerance * scale, "\(what)")
    }
    expectEqual(output, reference.output, "output")
    for ((path, _), gradient) in zip(layer.namedParameters, gradients) {
      expectEqual(gradient, try #require(reference.parameterGradients[path]), path)
    }
    expectEqual(try #require(gradients.last), reference.inputGradient, "input gradient")
  }

  /// Of central differences with step h: the error of order h² and rounding of order u/h, for a loss
  /// that sums some dozens of terms of order 1; and of the gradient of a gradient.
  @Test(arguments: LayerReference.all)
  func derivativesAreTheLimitOfDifferences(reference: LayerReference) {
    let layer = reference.filled()
    let variables = layer.parameters + [Parameter(reference.input.tensor)]
    let loss = {
      let output = layer(variables.last!.value)
      return (output * reference.cotangent.tensor + output.squared / 2).sum()
    }
    let slope = {
      let (_, gradients) = valueWithGradients(of: variables, loss: loss)
      return gradients.map { $0.squared.sum() }.reduce(Tensor(0.0), +)
    }
    let generator = RandomGenerator(seed: 12)
    let directions = variables.map { Tensor.normal($0.shape, .float64, using: generator) }
    let values = variables.map(\.value)
    for (function, tolerance) in [(loss, 1e-6), (slope, 2e-5)] {
      let (_, gradients) = valueWithGradients(of: variables, loss: function)
      let expected = zip(gradients, directions).reduce(0) {
        $0 + ($1.0 * $1.1).sum().doubleValue
      }
      let ends = [1e-5, -1e-5].map { step in
        for (index, variable) in variables.enumerated() {
          variable.replace(with: values[index] + directions[index] * step)
        }
        return function().doubleValue
      }
      for (variable, value) in zip(variables, values) { variable.replace(with: value) }
      let difference = (ends[0] - ends[1]) / 2e-5
      #expect(abs(expected - difference) <= tolerance * max(1, abs(difference)))
    }
  }

  /// A permutation of the nodes permutes what comes out, and a layer moved to another graph has the
  /// same parameters.
  @Test(arguments: LayerReference.all)
  func numbersOfNodesDoNotMatter(reference: LayerReference) {
    let layer = reference.filled()
    let order = Tensor.permutation(reference.nodes, using: RandomGenerator(seed: 6))
    // Node k of the new graph is node order[k] of the old one.
    let moved: any Module =
      if let single = layer as? any GraphLayer {
        Self.moved(single, to: reference.graph.induced(on: order))
      } else {
        (layer as! GraphNetwork).on(reference.graph.induced(on: order))
      }
    #expect(
      moved.parameters.map(ObjectIdentifier.init) == layer.parameters.map(ObjectIdentifier.init)
    )
    let input = reference.input.tensor
    #expect(moved(input[rows: order]).largestDifference(from: layer(input)[rows: order]) < 1e-13)
  }

  private static func moved(_ layer: any GraphLayer, to graph: Graph) -> any Module {
    layer.on(graph)
  }

  /// Multiply–adds: nodes × inputs × outputs of the linear map, and one for each edge and output.
  @Test func multiplyAddsAreCounted() {
    let graph = randomGraph(50, edges: 200, seed: 3)
    let generator = RandomGenerator(seed: 1)
    let input = Tensor.zeros([50, 8])
    let convolution = GraphConvolution(8, 5, on: graph, using: generator)
    #expect(convolution.multiplyAdds(for: input) == 50 * 8 * 5 + 250 * 5)
    let sage = GraphSAGE(8, 5, on: graph, using: generator)
    #expect(sage.multiplyAdds(for: input) == 2 * 50 * 8 * 5 + 200 * 8)
  }
}
