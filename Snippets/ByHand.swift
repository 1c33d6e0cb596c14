// A distillation without `distill`: the same steps, one at a time.
// Run: swift run -c release ByHand

// snippet.hide
import Distill

let generator = RandomGenerator(seed: 1)
let networks = (0..<3).map { _ in MLP([20, 100, 5], using: generator) }
let teacher = Ensemble(networks)
let student = MLP([20, 10, 5], using: generator)
let batches = Examples(.normal([10_000, 20], using: generator))
  .batches(of: 50, epochs: 10, shuffled: 2)

// snippet.show
let optimizer = Adam(learningRate: 1e-3)
var step = 0
while let batch = try batches.batch(step) {
  let target = try teacher.observe(batch.inputs).probabilities()
  let (loss, gradients) = valueWithGradients(of: student.parameters) {
    -(target * student(batch.inputs).logSoftmax()).sum(along: 1).mean()
  }
  optimizer.update(student.parameters, along: gradients)
  if step % 200 == 0 { print("step \(step): loss \(loss.doubleValue)") }
  step += 1
}
