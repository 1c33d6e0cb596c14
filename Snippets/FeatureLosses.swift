// A student that is told not only what its teacher says but also what it sees on the way there.
// Run: make data && swift run -c release FeatureLosses

// snippet.hide
import Distill
import Foundation

let data = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: ".data/fashion-mnist"))
let examples = Examples(data.images, labels: data.labels)[0..<6_000]

func network(channels: Int, seed: UInt64) -> Sequential {
  let generator = RandomGenerator(seed: seed)
  return Sequential(
    Reshape(to: 1, 28, 28),
    Convolution2D(1, channels, size: 5, stride: 2, padding: 2, using: generator),
    Activation.relu,
    Convolution2D(channels, 2 * channels, size: 3, stride: 2, padding: 1, using: generator),
    Activation.relu,
    Flatten(),
    Linear(2 * channels * 7 * 7, 10, using: generator)
  )
}

/// A row of pixels as an image.
struct Reshape: Module {
  let shape: [Int]

  init(to shape: Int...) { self.shape = shape }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.reshaped(to: [-1] + shape)
  }

  var members: [(name: String, member: ModuleMember)] { [] }
}

// snippet.show
let teacher = network(channels: 32, seed: 1)
try train(
  teacher,
  on: examples.batches(of: 50, epochs: 3, shuffled: 1),
  minimizing: .crossEntropy()
)

// Taps "2" and "4" are what the layers of those positions give.
let student = network(channels: 8, seed: 2)
let record = try distill(
  ModuleTeacher(teacher),
  into: student,
  on: examples.batches(of: 50, epochs: 3, shuffled: 2),
  minimizing: .kullbackLeibler(temperature: 4) + 1_000 * .attentionTransfer(of: .tap("2"))
    + .hints(of: .tap("4"))
)
for sentence in record.notes { print(sentence) }
print(record.gradientRatio ?? "")
