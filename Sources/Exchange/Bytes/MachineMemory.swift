import Foundation

/// The memory that there is, for whoever must know before asking for it.
package enum MachineMemory {
  /// Bytes: what the machine has, or less where the program is in a container (control groups of
  /// Linux, versions 2 and 1).
  package static let bytes: Int = {
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
      .compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
      .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    return ([Int(clamping: ProcessInfo.processInfo.physicalMemory)] + limits).filter { $0 > 0 }
      .min()!
  }()

  /// `takes 12.3 GB, and this machine has 8.39 GB of memory`.
  package static func excess(of needed: Double) -> String {
    String(
      format: "takes %.3g GB, and this machine has %.3g GB of memory",
      needed / 1e9,
      Double(bytes) / 1e9
    )
  }
}
