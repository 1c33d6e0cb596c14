import Distillation
import Foundation
import Networks
import Tensors

/// The fused kernel of a network for any number of threads: each borrows one with memory of its own.
final class KernelPool: @unchecked Sendable {
  private let model: NetworkModel
  private let activation: PerceptronKernel.Activation
  private let lock = NSLock()
  private var idle: [PerceptronKernel]

  /// Nil for networks that the kernel does not do.
  init?(_ model: NetworkModel) {
    let activation = PerceptronKernel.Activation(model.activation)
    guard model.outcome == .classes,
      let kernel = PerceptronKernel(model.widths, activation)
    else { return nil }
    self.model = model
    self.activation = activation
    idle = [kernel]
  }

  /// The log-likelihood of rows (`[batch]`; nil for all) of classified inputs; writes its gradient.
  func logLikelihood(
    at point: [Double],
    _ inputs: Tensor,
    _ classes: Tensor,
    rows: Tensor?,
    gradient: inout [Double]
  ) -> Double {
    let kernel = lock.withLock { idle.popLast() } ?? PerceptronKernel(model.widths, activation)!
    defer { lock.withLock { idle.append(kernel) } }
    let parameters = model.parameters(of: Tensor(point).cast(to: .float32))
    kernel.load(.parameters, parameters.flatMap { [$0.weight, $0.bias] })
    var loss = PerceptronKernel.Loss()
    loss.hardWeight = 1
    loss.labels = classes
    let mean = kernel.step(PerceptronKernel.Rule(.none), loss, on: inputs, rows: rows)
    let count = Double(rows?.count ?? inputs.shape[0])
    // The kernel's loss is a mean to be made small, the likelihood a sum to be made large.
    var index = 0
    for part in kernel.copy(.gradient) {
      part.withUnsafeBytes { bytes in
        for slope in bytes.bindMemory(to: Float.self) {
          gradient[index] = -count * Double(slope)
          index += 1
        }
      }
    }
    return -count * mean
  }
}
