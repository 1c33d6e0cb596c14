import CTorch
import Distill

/// Steps of perceptrons with Adam, as `Distiller.run` makes them: shuffled batches of a data set,
/// with history and schedule, divided by the number of steps.
var studentWorks: [Work] {
  [20, 100].flatMap { size in
    [
      Work(name: "student-\(size)") {
        let targets = Observation(softTargets(2_000), meaning: .probabilities)
        let teacher = RecordedTeacher(targets)
        let epoch = try epochs(
          perceptron(small, seed: 10),
          .softCrossEntropy(),
          Examples(images(2_000)),
          size,
          teacher
        )
        let check = try Distiller(
          perceptron(small, seed: 10),
          minimizing: .softCrossEntropy(),
          using: Adam()
        ).step(on: Batch(images(size)), toward: targets.first(size))
        return Prepared(check: check, versions: [epoch, kernelSteps(size)])
      },
      Work(name: "large-\(size)") {
        let examples = Examples(images(2_000), labels: classes(2_000))
        let epoch = try epochs(perceptron(large, seed: 10), .crossEntropy(), examples, size)
        let check = try Distiller(
          perceptron(large, seed: 10),
          minimizing: .crossEntropy(),
          using: Adam()
        ).step(on: Batch(images(size), labels: classes(2_000)[0..<size]))
        return Prepared(check: check, versions: [epoch])
      },
      // An activation whose slope does not follow from its value.
      Work(name: "gelu-\(size)") {
        let targets = Observation(softTargets(2_000), meaning: .probabilities)
        let epoch = try epochs(
          perceptron(small, .gelu, seed: 10),
          .softCrossEntropy(),
          Examples(images(2_000)),
          size,
          RecordedTeacher(targets)
        )
        let check = try Distiller(
          perceptron(small, .gelu, seed: 10),
          minimizing: .softCrossEntropy(),
          using: Adam()
        ).step(on: Batch(images(size)), toward: targets.first(size))
        return Prepared(check: check, versions: [epoch])
      },
    ]
  }
}

/// Fifty steps through the examples, again and again: as many as the longest of the peers make.
func epochs(
  _ student: MLP,
  _ loss: Loss,
  _ examples: Examples,
  _ size: Int,
  _ teacher: RecordedTeacher? = nil
) throws -> Version {
  let distiller = Distiller(student, minimizing: loss, using: Adam(learningRate: 1e-4))
  let batches = examples.batches(of: size, epochs: nil, shuffled: 1)
  var done = 0
  let steps = 50
  return Version(name: "Distiller.run", repeats: steps) {
    done += steps
    try distiller.run(on: batches.limited(to: done), observing: teacher)
  }
}

/// The same steps by the kernel alone, to see what the rest costs.
private func kernelSteps(_ size: Int) -> Version {
  let (inputs, targets) = (numbers(2_000 * 784, seed: 1), softTargets(2_000).scalars(Float.self))
  let indices = Tensor.permutation(2_000, using: RandomGenerator(seed: 1)).scalars(Int64.self)
  let plan = distill_mlp_create(3, small.map(Int64.init), DISTILL_MLP_RELU)!
  let parameters = perceptron(small, seed: 10).parameters.map { $0.value.scalars(Float.self) }
  var (weights, biases) = ([UnsafePointer<Float>](), [UnsafePointer<Float>]())
  for (index, values) in parameters.enumerated() {
    let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
    _ = copy.initialize(from: values)
    if index % 2 == 0 { weights.append(.init(copy.baseAddress!)) }
    if index % 2 == 1 { biases.append(.init(copy.baseAddress!)) }
  }
  distill_mlp_import(plan, DISTILL_MLP_PARAMETERS, weights, biases)
  for memory in weights + biases { memory.deallocate() }
  var rule = distill_mlp_optimizer()
  (rule.rule, rule.learning_rate) = (DISTILL_MLP_ADAM, 1e-4)
  (rule.beta1, rule.beta2, rule.epsilon) = (0.9, 0.999, 1e-8)
  let steps = 2_000 / size
  return Version(name: "kernel alone", repeats: steps) {
    targets.withUnsafeBufferPointer { targets in
      var loss = distill_mlp_loss()
      (loss.soft_weight, loss.temperature, loss.cross_entropy) = (1, 1, true)
      loss.soft_targets = targets.baseAddress
      distill_mlp_train(
        plan,
        &rule,
        &loss,
        inputs,
        indices,
        Int64(size),
        Int64(steps),
        nil,
        Int32(Machine.threads)
      )
    }
  }
}

extension Observation {
  /// Of the first examples alone.
  func first(_ count: Int) -> Observation {
    Observation(
      values[0..<count],
      meaning: meaning,
      derivatives: derivatives.map { $0[0..<count] }
    )
  }
}
