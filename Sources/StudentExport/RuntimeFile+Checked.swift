import Foundation
import Networks
import StudentRuntime
import Tensors

extension StudentGraph {
  /// Writes the file that `StudentRuntime` loads, and compares its answers with the network's.
  ///
  /// - Parameters:
  ///   - network: The network that the graph was made of, from scaled inputs to logits.
  ///   - inputs: Real inputs, `[count, numbers]`, not scaled.
  /// - Throws: ``ExportError`` when the answers differ; nothing is then left at `url`.
  public func writeRuntime(
    to url: URL,
    comparedWith network: (Tensor) -> Tensor,
    on inputs: Tensor
  ) throws -> Parity {
    let bytes = try runtimeFile()
    let parity = try parity(of: bytes, with: network, on: inputs)
    try parity.require(of: url.path)
    do {
      try AtomicFile.write(to: url) { file in try bytes.withUnsafeBytes(file.append) }
    } catch let error as POSIXError {
      throw ExportError(
        "cannot write '\(url.path)': \(error.reason); check the folder and its free space"
      )
    }
    return parity
  }

  /// How far a file's answers are from a network's.
  ///
  /// - Parameter file: What ``runtimeFile()`` made.
  public func parity(
    of file: Data,
    with network: (Tensor) -> Tensor,
    on inputs: Tensor
  ) throws -> Parity {
    let answers = try Self.answers(of: file, inputs)
    return Parity(answers, reference(network, inputs), inputs: inputs.shape[0])
  }

  /// What a file in memory answers to each input.
  static func answers(of file: Data, _ inputs: Tensor) throws -> [Float] {
    try file.withUnsafeBytes { bytes in
      let network = try StudentNetwork(bytes)
      let workspace = UnsafeMutablePointer<Float>.allocate(capacity: network.workspaceCount)
      defer { workspace.deallocate() }
      let numbers = inputs.cast(to: .float32).scalars(Float.self)
      let count = inputs.shape[0]
      return [Float](unsafeUninitializedCapacity: count * network.outputCount) { buffer, size in
        numbers.withUnsafeBufferPointer { numbers in
          for row in 0..<count {
            network.predict(
              numbers.baseAddress! + row * network.inputCount,
              into: buffer.baseAddress! + row * network.outputCount,
              workspace: workspace
            )
          }
        }
        size = count * network.outputCount
      }
    }
  }
}
