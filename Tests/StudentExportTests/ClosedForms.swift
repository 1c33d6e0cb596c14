import Foundation
import Generative
import Networks
import Predictive
import Tensors

@testable import StudentExport

/// A student to be exported, and what it answers by libtorch.
struct Specimen {
  let graph: StudentGraph
  /// `[count, numbers]`.
  let inputs: Tensor
  let expected: [Float]

  /// - Parameter name: A network as text, one of ``closedForms``, ``sequenceStudents`` or
  ///   ``fieldStudents``.
  init(_ name: String, count: Int = 4) throws {
    if sequenceStudents.contains(name) {
      try self.init(sequence: name, count: count)
    } else if fieldStudents.contains(name) {
      try self.init(field: name, count: count)
    } else {
      try self.init(other: name, count: count)
    }
  }

  private init(other name: String, count: Int) throws {
    guard closedForms.contains(name) else {
      let network = try randomNetwork(name)
      graph = try finishedGraph(name, network)
      inputs = randomInputs(count, graph.inputShape)
      expected = graph.reference({ network($0) }, inputs)
      return
    }
    let generator = RandomGenerator(seed: 5)
    if name.hasPrefix("made") {
      let made = MADE(
        inputs: 9,
        hidden: [13, 6],
        activation: name == "made" ? .relu : .tanh,
        order: [3, 0, 8, 1, 2, 7, 4, 6, 5],
        masks: name == "made" ? .fixed : .agnostic(masks: 3),
        connectsDirectly: name != "made",
        using: generator
      )
      for parameter in made.biases + [made.directWeights].compactMap(\.self) {
        parameter.replace(with: .normal(parameter.shape, using: generator))
      }
      graph = try StudentGraph(made)
      inputs = made.samples(count, seed: 3)
      expected = made.logProbability(inputs).scalars(Float.self)
      return
    }
    if name.hasPrefix("nade") {
      let order = [3, 0, 8, 1, 2, 7, 4, 6, 5]
      let nade = NADE(
        inputs: 9,
        hidden: 13,
        units: name == "nade" ? .logistic : .relu,
        order: order,
        using: generator
      )
      graph = try StudentGraph(nade)
      inputs = nade.samples(count, seed: 3)
      // The recursion written as a module, not the fused kernel.
      expected = nade(inputs).scalars(Float.self)
      return
    }
    if let density = density(name, generator) {
      graph = try StudentGraph(density)
      inputs = density.samples(count, seed: 3)
      expected = density.logProbability(inputs).scalars(Float.self)
      return
    }
    let student = try predictive(name, generator)
    graph = try StudentGraph(student)
    inputs = .normal([count, 3], .float64, using: generator)
    expected = try student.exportedAnswers(at: inputs)
  }
}

/// The families of the predictive room that have inputs, NADEs and MADEs.
let closedForms = [
  "logistics", "probits", "softmaxes", "normals", "poissons", "classes", "two classes", "means",
  "density network", "count network", "Dirichlet", "nade", "nade of rectified units", "made",
  "made with direct weights", "deep nade", "rnade", "mixture of mades", "mixture of deep nades",
]

/// A density whose parameters are all random; nil where a name is of none.
private func density(_ name: String, _ generator: RandomGenerator) -> (any NormalizedModel)? {
  let order = [3, 0, 8, 1, 2, 7, 4, 6, 5]
  func moved<Model: Module>(_ model: Model) -> Model {
    for (_, parameter) in model.namedParameters where parameter.value.elementType == .float32 {
      let noise = Tensor.uniform(parameter.value.shape, using: generator) - 0.5
      parameter.replace(with: parameter.value + 0.4 * noise)
    }
    return model
  }
  switch name {
  case "deep nade":
    return moved(
      DeepNADE(inputs: 9, hidden: [13, 6, 11], activation: .gelu, order: order, using: generator)
    )
  case "rnade":
    let states = Tensor.normal([50, 9], using: generator) * 3 + 1
    return moved(
      RNADE(inputs: 9, hidden: 13, components: 3, order: order, scaledTo: states, using: generator)
    )
  case "mixture of mades":
    let made = MADE(inputs: 9, hidden: [13, 6], masks: .agnostic(masks: 3), using: generator)
    return OrderMixture(moved(made), orders: 4, seed: 6)
  case "mixture of deep nades":
    return OrderMixture(
      moved(DeepNADE(inputs: 9, hidden: [13], using: generator)),
      orders: 3,
      seed: 6
    )
  default: return nil
  }
}

private func predictive(_ name: String, _ generator: RandomGenerator) throws -> CompactStudent {
  func rows(_ count: Int, _ width: Int) -> [[Double]] {
    Tensor.normal([count, width], .float64, using: generator).unbound().map { $0.scalars() }
  }
  func body(_ outputs: Int) -> MLP {
    MLP([3, 7, outputs], activation: .tanh, .float64, using: generator)
  }
  let weights = [0.5, 0.3, 0.2]
  let (family, classes, hasIntercept): (CompactStudent.Family, Int, Bool) =
    switch name {
    case "logistics": (.logistics(MixtureOfLogistics(rows(3, 4), weights: weights)), 2, true)
    case "probits":
      (.logistics(MixtureOfLogistics(rows(3, 3), weights: weights, link: .probit)), 2, false)
    case "softmaxes":
      (.softmaxes(MixtureOfSoftmaxes(rows(3, 20), classes: 5, weights: weights)), 5, true)
    case "normals":
      (
        .regressions(
          MixtureOfRegressions(rows(3, 4), .normal, deviations: [0.1, 2, 1], weights: weights)
        ), 0, true
      )
    case "poissons":
      (.regressions(MixtureOfRegressions(rows(3, 3), .poisson, weights: weights)), 0, false)
    case "classes": (.network(PredictiveNetwork(body(4), .probabilities)), 4, false)
    case "two classes": (.network(PredictiveNetwork(body(1), .probabilities)), 2, false)
    case "means": (.network(PredictiveNetwork(body(2), .means)), 0, false)
    case "count network":
      (
        .densityNetwork(MixtureDensityNetwork(body(4), components: 2, outcome: .poisson)), 0, false
      )
    case "density network":
      (.densityNetwork(MixtureDensityNetwork(body(6), components: 2)), 0, false)
    default: (.dirichlet(DirichletNetwork(body(4))), 4, false)
    }
  return try CompactStudent(
    family,
    inputs: ["a", "b", "c"],
    hasIntercept: hasIntercept,
    classes: (0..<classes).map { "class \($0)" }
  )
}
