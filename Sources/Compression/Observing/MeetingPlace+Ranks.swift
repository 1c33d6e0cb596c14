import Exchange
import Foundation
import Tensors

extension MeetingPlace {
  /// Where the ranks of a cluster meet: at the master that the environment names, as torchrun does, or in
  /// a folder beside the run's.
  ///
  /// - Parameter run: The run's folder, as all ranks see it; nil where they do not know it.
  /// - Throws: `RunError` where there is neither, or the port is none.
  package init(
    _ environment: [String: String] = ProcessInfo.processInfo.environment,
    besideRun run: String?
  ) throws {
    if let host = environment["MASTER_ADDR"], !host.isEmpty {
      let text = environment["MASTER_PORT"] ?? "29500"
      guard let port = Int(text), (1...65_535).contains(port) else {
        throw RunError("MASTER_PORT=\(text.printable) is no port: it must be from 1 to 65535")
      }
      self = .master(
        host: host,
        port: port,
        isServed: environment["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() == "true",
        attempt: ["TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT"]
          .compactMap { environment[$0] }.joined(separator: "-")
      )
    } else if let run {
      self = .folder(URL(fileURLWithPath: run + ".ranks"))
    } else {
      throw RunError(
        "the ranks have no place to meet: set MASTER_ADDR and MASTER_PORT, or give --out a folder that all "
          + "of them see"
      )
    }
  }
}
