import Foundation
import Tensors

@testable import Generative

/// All states of some units, `[2^units, units]`, bytes; the first unit is the highest bit.
func allStates(_ units: Int) -> Tensor {
  let bits = (0..<(1 << units)).flatMap { code in
    (0..<units).map { UInt8(code >> (units - 1 - $0) & 1) }
  }
  return Tensor(bits, shape: [1 << units, units])
}

/// A machine with weights N(0, scale²) and biases N(0, ¼).
func randomRBM(visible: Int, hidden: Int, scale: Double, seed: UInt64) -> RBM {
  let generator = RandomGenerator(seed: seed)
  return RBM(
    weights: Tensor.normal([visible, hidden], using: generator) * scale,
    visibleBias: Tensor.normal([visible], using: generator) * 0.5,
    hiddenBias: Tensor.normal([hidden], using: generator) * 0.5
  )
}

/// log Σ p̃ over all states, and p of each, in Float64.
func enumerated(_ model: some UnnormalizedModel) -> (logZ: Double, probabilities: [Double]) {
  let values = model.logUnnormalized(allStates(model.inputs)).scalars(Double.self)
  let top = values.max()!
  let logZ = top + log(values.reduce(0) { $0 + exp($1 - top) })
  return (logZ, values.map { exp($0 - logZ) })
}

/// A folder for one test.
func temporaryFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}
