import Foundation
import Tensors

/// The machine and libraries a run used.
package struct MachineFacts: Codable, Equatable {
  package var system: String
  package var architecture: String
  package var processor: String
  /// Processors the system shows, and bytes of memory.
  package var processors: Int
  package var memoryBytes: UInt64
  /// Threads that one operation uses.
  package var threads: Int
  package var libtorch: String
  /// The widest instructions libtorch uses, such as "AVX512".
  package var capability: String
  package var device: String

  /// This machine, as it is now.
  package static func current(device: Device = .cpu) -> MachineFacts {
    MachineFacts(
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      architecture: Processor.architecture,
      processor: Processor.current.name,
      processors: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: ProcessInfo.processInfo.physicalMemory,
      threads: Machine.threads,
      libtorch: Machine.libtorchVersion,
      capability: Machine.processorCapability,
      device: device.description
    )
  }
}

extension MachineFacts {
  /// What numbers depend on to the last bit.
  package var deciding: [String: String] {
    [
      "system": system, "architecture": architecture, "processor": processor,
      "threads": "\(threads)", "libtorch": libtorch, "capability": capability, "device": device,
    ]
  }
}
