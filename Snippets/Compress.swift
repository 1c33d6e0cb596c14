// Trains two networks on the labels, and one student on what they say together.
// Run: make data && swift run -c release Compress

// snippet.show
import Distill
import Foundation

let folder = URL(fileURLWithPath: ".data/fashion-mnist")
let data = try LabelledImages.fashionMNIST(in: folder)
let labelled = Examples(data.images, labels: data.labels).batches(of: 100, epochs: 4, shuffled: 1)
let networks = try (1...2).map { seed in
  let network = MLP([784, 500, 300, 10], using: RandomGenerator(seed: UInt64(seed)))
  try train(network, on: labelled, minimizing: .crossEntropy(), using: Adam(learningRate: 1e-3))
  return network
}

let student = MLP([784, 50, 30, 10], using: RandomGenerator(seed: 3))
let images = Examples(data.images).batches(of: 20, epochs: 4, shuffled: 2)
try distill(
  Ensemble(networks),
  into: student,
  on: images,
  minimizing: .softCrossEntropy(),
  using: Adam(learningRate: 1e-3)
)
try student.save(to: URL(fileURLWithPath: "student.safetensors"))
