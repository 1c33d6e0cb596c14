import CTorch
import Foundation
import Testing

/// The instruction sets this processor can run.
let architectures = ["avx512", "avx2", "baseline"].filter { name in
  defer { distill_architecture_select(nil) }
  return distill_architecture_select(name)
}

/// Every kernel on every instruction set of this processor.
@Suite("Fused perceptrons")
struct MLPTests {
  static let shapes: [([Int], distill_mlp_activation)] = [
    ([5, 3], DISTILL_MLP_IDENTITY),
    ([17, 50, 3], DISTILL_MLP_TANH),
    ([3, 1, 17, 33, 2], DISTILL_MLP_LOGISTIC),
    ([12, 500, 17, 4], DISTILL_MLP_RELU),
    ([130, 66, 20], DISTILL_MLP_TANH),
    ([17, 50, 30, 3], DISTILL_MLP_GELU),
    ([12, 33, 17, 4], DISTILL_MLP_SILU),
    ([9, 21, 18, 5], DISTILL_MLP_SOFTPLUS),
    ([12, 40, 4], DISTILL_MLP_ELU),
    ([9, 21, 18, 5], DISTILL_MLP_LEAKY_RELU),
    ([12, 40, 17, 4], DISTILL_MLP_HARD_SWISH),
  ]

  // The loss within Float32 rounding of its definition, and the gradient against central
  // differences of that definition along the gradient itself and along random directions.
  @Test("loss and gradient agree with the definition", arguments: architectures, Terms.allCases)
  func gradient(architecture: String, terms: Terms) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    for (number, shape) in MLPTests.shapes.enumerated() {
      let batch = [1, 7, 20, 50, 7, 9, 9, 20, 7, 7, 20][number]
      let seed = UInt64(100 + number)
      let test = MLPCase(shape.0, shape.1, batch: batch, terms: terms, seed: seed)
      let plan = Plan(test.network)
      let loss = test.train(plan, threads: 2)
      let expected = test.referenceLoss(roundedToFloat(test.network))
      #expect(abs(loss - expected) < 2e-5 * abs(expected) + 2e-6, "\(shape.0) batch \(batch)")
      let (weights, biases) = plan.copyOut(DISTILL_MLP_GRADIENT)
      let gradient = (weights + biases).joined().map(Double.init)
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(norm > 0)
      var draws = Draws(seed: seed)
      for trial in 0..<3 {
        var direction = weights
        var biasDirection = biases
        for l in weights.indices {
          for i in weights[l].indices {
            direction[l][i] = trial == 0 ? weights[l][i] / Float(norm) : Float(draws.normal())
          }
          for i in biases[l].indices {
            biasDirection[l][i] = trial == 0 ? biases[l][i] / Float(norm) : Float(draws.normal())
          }
        }
        let along = zip(gradient, (direction + biasDirection).joined())
          .reduce(0.0) { $0 + $1.0 * Double($1.1) }
        let h = trial == 0 ? 1e-5 : 1e-7
        let start = roundedToFloat(test.network)
        let difference =
          (test.referenceLoss(start.moved(along: direction, and: biasDirection, by: h))
            - test.referenceLoss(start.moved(along: direction, and: biasDirection, by: -h)))
          / (2 * h)
        // Rounding: 1e-4 of the gradient in Float32; 1e-16·loss/h in the differences.
        #expect(
          abs(along - difference) < 2e-4 * norm + 1e-14 * abs(expected) / h,
          "\(shape.0) batch \(batch) trial \(trial): \(along) against \(difference)"
        )
      }
    }
  }

  @Test("results are bitwise the same for one, two and three threads", arguments: architectures)
  func threads(architecture: String) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    var adam = rule(DISTILL_MLP_ADAM)
    for (widths, terms) in [
      ([60, 50, 30, 10], Terms.soft), ([300, 500, 300, 10], .softAndHard),
      ([40, 50, 10], .derivatives), ([300, 65, 10], .projections), ([300, 700, 3], .squares),
      ([300, 65, 10], .projectedRows),
    ] {
      adam.longest_gradient = terms == .squares ? 0.1 : 0
      let activation = terms == .projections ? DISTILL_MLP_GELU : DISTILL_MLP_TANH
      let test = MLPCase(widths, activation, batch: 150, terms: terms, seed: 5)
      var results: [[[Float]]] = []
      var losses: [Double] = []
      for threads in 1...3 {
        let plan = Plan(test.network)
        losses.append(test.train(plan, rule: adam, batch: 50, steps: 3, threads: threads))
        let out = plan.copyOut(DISTILL_MLP_PARAMETERS)
        results.append(out.weights + out.biases)
      }
      #expect(results[0] == results[1] && results[0] == results[2], "\(widths) \(terms)")
      #expect(losses[0] == losses[1] && losses[0] == losses[2])
      #expect(results[0][0] != test.network.weights[0].map { Float($0) })
    }
  }

  @Test("steps in one call are the same as one call a step")
  func manySteps() {
    let test = MLPCase([17, 50, 30, 3], DISTILL_MLP_RELU, batch: 20, terms: .soft, seed: 8)
    let together = Plan(test.network)
    let apart = Plan(test.network)
    let adam = rule(DISTILL_MLP_ADAM)
    let total = test.train(together, rule: adam, batch: 5, steps: 4)
    var sum = 0.0
    for step in 0..<4 {
      var optimizer = adam
      sum += test.withLoss { loss in
        test.indices.withUnsafeBufferPointer {
          distill_mlp_train(
            apart.pointer,
            &optimizer,
            &loss,
            test.inputs,
            $0.baseAddress! + 5 * step,
            5,
            1,
            nil,
            2
          )
        }
      }
    }
    #expect(total == sum)
    #expect(distill_mlp_updates(together.pointer) == 4)
    #expect(distill_mlp_updates(apart.pointer) == 4)
    #expect(
      together.copyOut(DISTILL_MLP_PARAMETERS).weights
        == apart.copyOut(DISTILL_MLP_PARAMETERS).weights
    )
  }

  @Test("a caller's own gradient gives the same update as the built-in loss")
  func ownLoss() {
    let test = MLPCase([17, 50, 3], DISTILL_MLP_TANH, batch: 7, terms: .hard, seed: 9)
    let builtIn = Plan(test.network)
    let own = Plan(test.network)
    var sgd = rule(DISTILL_MLP_SGD)
    test.train(builtIn, rule: sgd)
    var logits = [Float](repeating: 0, count: 7 * 3)
    distill_mlp_forward(own.pointer, test.inputs, test.indices, 7, &logits, 2)
    var gradient = logits
    for n in 0..<7 {
      let row = Int(test.indices[n])
      let z = logits[n * 3..<n * 3 + 3].map(Double.init)
      let expected = test.network.logits(at: test.input(row))
      let f = logSoftmax(z)
      for k in 0..<3 {
        #expect(abs(z[k] - expected[k]) < 1e-5)
        let one = Int(test.labels[row]) == k ? 1.0 : 0
        gradient[n * 3 + k] = Float(0.5 * (exp(f[k]) - one) / 7)
      }
    }
    distill_mlp_backward(own.pointer, &sgd, test.inputs, test.indices, 7, gradient, 2)
    let a = builtIn.copyOut(DISTILL_MLP_PARAMETERS).weights.joined()
    let b = own.copyOut(DISTILL_MLP_PARAMETERS).weights.joined()
    let apart = zip(a, b).map { abs($0 - $1) }.max()!
    let moved = zip(b, test.network.weights.joined()).map { abs($0 - Float($1)) }.max()!
    #expect(apart < 1e-6)
    #expect(moved > 1e-4)
  }

  @Test("logits of ±1e4 keep loss and gradient finite", arguments: architectures, Terms.allCases)
  func extremes(architecture: String, terms: Terms) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let test = MLPCase(
      [17, 3],
      DISTILL_MLP_IDENTITY,
      batch: 7,
      terms: terms,
      seed: 3,
      gain: 2e4
    )
    let largest = test.indices.flatMap { test.network.logits(at: test.input(Int($0))) }
      .map(abs).max()!
    #expect(largest > 1e4)
    let plan = Plan(test.network)
    #expect(test.train(plan).isFinite)
    let gradient = plan.copyOut(DISTILL_MLP_GRADIENT)
    let finite = (gradient.weights + gradient.biases).joined().allSatisfy { $0.isFinite }
    #expect(finite)
  }
}

/// The network whose parameters are exactly those the kernels were given.
func roundedToFloat(_ network: ReferenceMLP) -> ReferenceMLP {
  var result = network
  result.weights = network.weights.map { $0.map { Double(Float($0)) } }
  result.biases = network.biases.map { $0.map { Double(Float($0)) } }
  return result
}

func rule(_ kind: distill_mlp_rule) -> distill_mlp_optimizer {
  var rule = distill_mlp_optimizer()
  rule.rule = kind
  rule.learning_rate = kind == DISTILL_MLP_ADADELTA ? 1 : 0.01
  rule.beta1 = 0.9
  rule.beta2 = 0.999
  rule.decay = 0.95
  rule.epsilon = kind == DISTILL_MLP_ADADELTA ? 1e-6 : 1e-8
  return rule
}
