import Foundation
import Tensors

/// The machine and libraries a run used.
struct MachineFacts: Codable, Equatable {
  var system: String
  var architecture: String
  var processor: String
  /// Processors the system shows, and bytes of memory.
  var processors: Int
  var memoryBytes: UInt64
  /// Threads that one operation uses.
  var threads: Int
  var libtorch: String
  /// The widest instructions libtorch uses, such as "AVX512".
  var capability: String
  var device: String

  /// This machine, as it is now.
  static func current(device: Device = .cpu) -> MachineFacts {
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
