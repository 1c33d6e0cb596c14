import CTorch
import Foundation
import Testing

extension MLPTests {
  /// PyTorch's update rules for one parameter, in double precision.
  struct ReferenceRule {
    var rule: distill_mlp_optimizer
    var first = 0.0, second = 0.0, step = 0.0

    mutating func update(_ parameter: Double, gradient raw: Double) -> Double {
      step += 1
      let decoupled = rule.rule == DISTILL_MLP_ADAMW
      let g = raw + (decoupled ? 0 : rule.weight_decay * parameter)
      switch rule.rule {
      case DISTILL_MLP_SGD:
        guard rule.momentum > 0 else { return parameter - rule.learning_rate * g }
        first = step == 1 ? g : rule.momentum * first + g
        let move = rule.nesterov ? g + rule.momentum * first : first
        return parameter - rule.learning_rate * move
      case DISTILL_MLP_ADAM, DISTILL_MLP_ADAMW:
        first = rule.beta1 * first + (1 - rule.beta1) * g
        second = rule.beta2 * second + (1 - rule.beta2) * g * g
        let root = (second / (1 - pow(rule.beta2, step))).squareRoot() + rule.epsilon
        let kept = decoupled ? parameter * (1 - rule.learning_rate * rule.weight_decay) : parameter
        return kept - rule.learning_rate * first / (1 - pow(rule.beta1, step)) / root
      case DISTILL_MLP_RMSPROP:
        second = rule.decay * second + (1 - rule.decay) * g * g
        first = rule.momentum * first + g / (second.squareRoot() + rule.epsilon)
        return parameter - rule.learning_rate * first
      default:
        second = rule.decay * second + (1 - rule.decay) * g * g
        let move =
          ((first + rule.epsilon) / (second + rule.epsilon)).squareRoot() * g
        first = rule.decay * first + (1 - rule.decay) * move * move
        return parameter - rule.learning_rate * move
      }
    }
  }

  static let rules: [distill_mlp_optimizer] = {
    var rules = [
      rule(DISTILL_MLP_SGD), rule(DISTILL_MLP_SGD), rule(DISTILL_MLP_SGD), rule(DISTILL_MLP_ADAM),
      rule(DISTILL_MLP_ADAM), rule(DISTILL_MLP_ADAMW), rule(DISTILL_MLP_RMSPROP),
      rule(DISTILL_MLP_RMSPROP), rule(DISTILL_MLP_ADADELTA),
    ]
    rules[1].momentum = 0.9
    rules[2].momentum = 0.9
    rules[2].nesterov = true
    rules[2].weight_decay = 0.1
    rules[4].weight_decay = 0.1
    rules[5].weight_decay = 0.1
    rules[7].momentum = 0.5
    return rules
  }()

  @Test("every update rule follows PyTorch's definition", arguments: architectures, 0..<9)
  func updates(architecture: String, number: Int) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let rule = MLPTests.rules[number]
    let test = MLPCase([7, 17, 3], DISTILL_MLP_TANH, batch: 7, terms: .soft, seed: 21)
    let plan = Plan(test.network)
    let probe = Plan(test.network)
    let count = test.network.weights.joined().count + test.network.biases.joined().count
    var reference = [ReferenceRule](repeating: ReferenceRule(rule: rule), count: count)
    func all(_ plan: Plan, _ slot: distill_mlp_slot) -> [Float] {
      let out = plan.copyOut(slot)
      return Array((out.weights + out.biases).joined())
    }
    for step in 1...5 {
      let before = plan.copyOut(DISTILL_MLP_PARAMETERS)
      probe.copyIn(DISTILL_MLP_PARAMETERS, before.weights, before.biases)
      test.train(probe)
      let gradient = all(probe, DISTILL_MLP_GRADIENT)
      test.train(plan, rule: rule)
      let after = all(plan, DISTILL_MLP_PARAMETERS)
      let start = Array((before.weights + before.biases).joined())
      for i in 0..<count {
        let expected = reference[i].update(Double(start[i]), gradient: Double(gradient[i]))
        let moved = abs(expected - Double(start[i]))
        // A few roundings of the move, one of the parameter.
        let tolerance = 1e-5 * moved + 1e-7 * abs(expected) + 1e-9
        if abs(Double(after[i]) - expected) > tolerance {
          Issue.record("step \(step), parameter \(i): \(after[i]), expected \(expected)")
          return
        }
      }
    }
    #expect(distill_mlp_updates(plan.pointer) == 5)
  }

  /// Steps of SGD at rate 1 move by the gradient itself.
  @Test("long gradients are scaled, short ones are not", arguments: architectures, [1, 3])
  func clipping(architecture: String, threads: Int) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    for widths in [[7, 17, 3], [60, 500, 400, 10]] {
      let test = MLPCase(widths, DISTILL_MLP_TANH, batch: 33, terms: .squares, seed: 22)
      let probe = Plan(test.network)
      test.train(probe)
      let gradient = probe.copyOut(DISTILL_MLP_GRADIENT)
      let values: [Double] = (gradient.weights + gradient.biases).joined().map { Double($0) }
      let length = values.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      for part in [0.25, 4] {
        var rule = distill_mlp_optimizer()
        (rule.rule, rule.learning_rate) = (DISTILL_MLP_SGD, 1)
        rule.longest_gradient = part * length
        let plan = Plan(test.network)
        let before = plan.copyOut(DISTILL_MLP_PARAMETERS)
        test.train(plan, rule: rule, threads: threads)
        let after = plan.copyOut(DISTILL_MLP_PARAMETERS)
        let moves: [Double] = zip(
          (before.weights + before.biases).joined(),
          (after.weights + after.biases).joined()
        ).map { Double($0) - Double($1) }
        let share = min(1, part)
        let largest = zip(moves, values).map { (move: Double, value: Double) -> Double in
          abs(move - share * value)
        }.max()!
        #expect(largest < 1e-6, "\(widths), \(part)")
      }
    }
  }

  @Test("a plan given another's parameters, state and count goes on in the same way")
  func resume() {
    let test = MLPCase([17, 50, 3], DISTILL_MLP_TANH, batch: 20, terms: .derivatives, seed: 31)
    let adam = rule(DISTILL_MLP_ADAM)
    let whole = Plan(test.network)
    test.train(whole, rule: adam, batch: 5, steps: 2)
    let resumed = Plan(ReferenceMLP([17, 50, 3], DISTILL_MLP_TANH, seed: 99))
    for slot in [DISTILL_MLP_PARAMETERS, DISTILL_MLP_FIRST_STATE, DISTILL_MLP_SECOND_STATE] {
      let out = whole.copyOut(slot)
      resumed.copyIn(slot, out.weights, out.biases)
    }
    distill_mlp_set_updates(resumed.pointer, distill_mlp_updates(whole.pointer))
    #expect(test.train(whole, rule: adam) == test.train(resumed, rule: adam))
    #expect(
      whole.copyOut(DISTILL_MLP_PARAMETERS).weights
        == resumed.copyOut(DISTILL_MLP_PARAMETERS).weights
    )
  }
}
