import Foundation
import StudentExport
import Tensors

@testable import Networks

/// A network of random weights in which nothing is as it begins: running means and variances too.
func randomNetwork(_ text: String, seed: UInt64 = 1) throws -> any Module {
  let generator = RandomGenerator(seed: seed)
  let network = try ModelSpecification(text).module(using: generator)
  for (path, parameter) in network.namedParameters where parameter.value.elementType == .float32 {
    let noise = Tensor.uniform(parameter.value.shape, using: generator)
    if path.hasSuffix("runningVar") || path.hasSuffix("running_var") {
      parameter.value = noise + 0.5
    } else if path.hasSuffix("running_mean") || path.hasSuffix("runningMean") {
      parameter.value = noise - 0.5
    } else {
      parameter.value = parameter.value + 0.1 * (noise - 0.5)
    }
  }
  return network
}

func graph(_ text: String, _ network: any Module) throws -> StudentGraph {
  try StudentGraph(network, shape: ModelSpecification(text).inputShape!)
}

func randomInputs(_ count: Int, _ shape: [Int], seed: UInt64 = 2) -> Tensor {
  let noise = Tensor.uniform(
    [count, shape.reduce(1, *)],
    using: RandomGenerator(seed: seed)
  )
  // Some are zero, as pixels are.
  return (2 * noise - 1).relu - 0.1 * noise.relu.squared
}

func withScratch<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("student-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Transformers of images, whole and in pieces, and of features.
let transformers = [
  "transformer:2x6x4-2p8-2h12-1h5-3,gelu", "transformer:12-3p6-3h10-2",
  "transformer:1x4x4-4p4-1h3-2",
]

/// Networks with everything that the notation knows.
let everyKind =
  Activation.allCases.map { "mlp:9-13-8-5" + ($0 == .relu ? "" : ",\($0.rawValue)") } + [
    "mlp:3-1", "mlp:40-70-33-10", "cnn:1x9x9-5c3-m2-7c3s2-gap-4", "cnn:3x8x7-16c3b-a2-8c3p0-12-3",
    "cnn:4x8x8-8c3g4b-8c1-9c3g1s2-d0.2-6-2,gelu", "cnn:2x8x8-12r3-20r3s2-m3s2-gap-3",
    "cnn:1x6x6-40c3s2p0g1-m2-10,tanh",
    "cnn:11x9x9-11c3g11-11c5g11s2-gap-4,tanh", "cnn:300x4x4-9c3-300c1-300c3g300p0-gap-2",
  ]
