import Tensors
import Testing

@testable import Networks

@Suite struct MLPTests {
  @Test func pathsAreThoseOfSequential() {
    let net = MLP([4, 3, 2], using: RandomGenerator(seed: 1))
    #expect(net.namedParameters.map(\.path) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(net.parameterCount == 4 * 3 + 3 + 3 * 2 + 2)
  }

  @Test func parametersKeepTheirValueWhileGradientsAreTaken() {
    let net = MLP([4, 3, 2], .float64, using: RandomGenerator(seed: 1))
    let x = Tensor.normal([5, 4], .float64, using: RandomGenerator(seed: 2))
    let before = net.parameters.map(\.value)
    let (_, gradients) = valueWithGradients(of: net.parameters) { net(x).squared.sum() }
    #expect(gradients.map(\.shape) == before.map(\.shape))
    #expect(net.parameters.allSatisfy { !$0.value.isTracked })
  }

  @Test func takenValueStaysWhenTheParameterIsUpdatedInPlace() {
    let parameter = Parameter(Tensor([1, 2] as [Float]))
    let taken = parameter.value
    let view = taken[0..<1]
    parameter.updateInPlace { Operator("aten::zero_").perform(.tensor($0)) }
    #expect(parameter.value.scalars(Float.self) == [0, 0])
    #expect(taken.scalars(Float.self) == [1, 2])
    #expect(view.scalars(Float.self) == [1])
  }
}
