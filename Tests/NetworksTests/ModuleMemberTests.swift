import Networks
import Tensors
import Testing

/// Where a module may keep its parameters.
@Suite struct ModuleMemberTests {
  private struct Scale {
    let factor = Parameter(Tensor([1.0, 2]))
    var name = "scale"
  }

  private enum Head {
    case linear(Linear)
    case none
  }

  private struct Everywhere: Module {
    let byName: [String: Linear]
    let byNumber: [Int: Linear]
    let pair: (Linear, second: Linear)
    let scale = Scale()
    let scales: [Scale]
    let head: Head
    let absent: [String: Linear]? = nil
    let nothing = Head.none
    let numbers = [1, 2, 3]
    let named = ["a": 1.0]

    init() {
      func layer() -> Linear { Linear(1, 1, bias: false, using: RandomGenerator(seed: 1)) }
      byName = ["up": layer(), "down": layer(), "left": layer()]
      byNumber = [10: layer(), 2: layer()]
      pair = (layer(), layer())
      scales = [Scale(), Scale()]
      head = .linear(layer())
    }

    func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }
  }

  @Test func parametersAreFoundWhereverTheyLie() {
    let module = Everywhere()
    #expect(
      module.namedParameters.map(\.path) == [
        "by_name.down.weight", "by_name.left.weight", "by_name.up.weight", "by_number.2.weight",
        "by_number.10.weight", "pair.0.weight", "pair.second.weight", "scale.factor",
        "scales.0.factor", "scales.1.factor", "head.linear.weight",
      ]
    )
    #expect(module.parameterCount == 14)
  }

  @Test func layersInADictionaryAreTrained() {
    struct Branches: Module {
      let layers: [String: Linear]
      func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        layers["a"]!(input, pass) + layers["b"]!(input, pass)
      }
    }
    let generator = RandomGenerator(seed: 2)
    let layers = ["a", "b"].map { ($0, Linear(2, 1, using: generator)) }
    let module = Branches(layers: Dictionary(uniqueKeysWithValues: layers))
    let before = module.parameters.map(\.value)
    let optimizer = SGD(learningRate: 0.1)
    let (_, gradients) = valueWithGradients(of: module.parameters) {
      module(Tensor([[1.0, 2.0]]).cast(to: .float32)).squared.mean()
    }
    optimizer.update(module.parameters, along: gradients)
    for (old, parameter) in zip(before, module.parameters) {
      #expect(parameter.value.largestDifference(from: old) > 0)
    }
    #expect(module.parameters.count == 4)
  }

  /// A class that is no module would hide them.
  @Test func parametersInAClassStopTheProgram() async {
    await #expect(processExitsWith: .failure) {
      final class Cache { let mean = Parameter(Tensor(0.0)) }
      struct Hiding: Module {
        let cache = Cache()
        func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }
      }
      _ = Hiding().parameters
    }
  }
}
