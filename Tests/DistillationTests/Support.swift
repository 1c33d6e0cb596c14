import Foundation
import Networks
import Tensors

@testable import Distillation

/// A folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "distill-\(UUID().uuidString)"
  )
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// A network with random numbers in training and a running mean: everything that makes steps depend
/// on more than parameters.
struct Restless: Module {
  let first: Linear
  let last: Linear
  let runningMean: Parameter

  init(seed: UInt64) {
    let generator = RandomGenerator(seed: seed)
    first = Linear(6, 8, using: generator)
    last = Linear(8, 3, using: generator)
    runningMean = Parameter(.zeros([8]), role: .buffer)
  }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    var hidden = first(input, pass).tanh
    if let generator = pass.generator {
      hidden = hidden * Tensor.full(0.5, hidden.shape).bernoulliSample(using: generator) * 2
      let mean = hidden.detached.mean(along: 0)
      runningMean.replace(with: runningMean.value * 0.9 + mean * 0.1)
    }
    return last(hidden - runningMean.value, pass)
  }
}

extension Module {
  /// The bits of all parameters and buffers.
  var bits: [[UInt8]] {
    namedParameters.map { $0.parameter.value.withUnsafeBytes { Array($0) } }
  }
}

/// A data set of 50 examples with 6 inputs and 3 classes.
func someExamples(seed: UInt64 = 3) -> Examples {
  let generator = RandomGenerator(seed: seed)
  return Examples(
    .normal([50, 6], using: generator),
    labels: .randomIntegers(0..<3, [50], using: generator)
  )
}
