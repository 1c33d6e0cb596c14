import CTorch
import Foundation

/// Where the processes of a group find each other.
public enum MeetingPlace: Hashable, Sendable {
  /// A folder that all of them see, which may have been used before. No port is opened for it.
  case folder(URL)
  /// A port of the host of rank 0.
  ///
  /// - `isServed`: Whether somebody else serves it already, as the agent of torchrun does.
  /// - `attempt`: Tells groups that meet at one port one after another apart.
  case master(host: String, port: Int, isServed: Bool = false, attempt: String = "0")

  var name: String {
    switch self {
    case .folder(let folder): "'\(folder.path)'"
    case .master(let host, let port, _, _): "port \(port) of '\(host)'"
    }
  }
}

/// How all processes of a group come to the same store.
struct Meeting {
  let store: KeyStore

  init(rank: Int, size: Int, at place: MeetingPlace, _ wait: Waiting) throws {
    switch place {
    case .folder(let folder):
      store = try FolderMeeting(folder, rank: rank, size: size, wait).store()
    case .master(let host, let port, let isServed, let attempt):
      let isServing = rank == 0 && !isServed
      if isServing {
        guard !dt_port_answers(host, UInt16(port), 1000) else {
          throw Self.refusal(place, "another program listens there")
        }
      } else {
        func missing() -> ProcessGroupError {
          .missing([0], of: size, at: place.name, after: wait.patience)
        }
        _ = try wait.until(missing) { dt_port_answers(host, UInt16(port), 1000) ? true : nil }
      }
      do {
        store = try KeyStore(
          host: host,
          port: port,
          isServing: isServing,
          prefix: "distill/\(attempt)",
          // Of less than a second nothing would be left.
          within: max(wait.patience, .seconds(10))
        )
      } catch let ProcessGroupError.broken(reason) {
        throw Self.refusal(place, reason)
      }
    }
    try Self.gather("here", "yes", rank: rank, size: size, at: place, in: store, wait)
  }

  private static func refusal(_ place: MeetingPlace, _ reason: String) -> ProcessGroupError {
    .noMeeting(
      "the ranks cannot meet at \(place.name) (\(reason)): choose a free port by MASTER_PORT"
    )
  }

  /// What all processes say under a key, by rank.
  ///
  /// - Throws: ``ProcessGroupError`` naming those who say nothing.
  @discardableResult
  static func gather(
    _ key: String,
    _ own: String,
    rank: Int,
    size: Int,
    at place: MeetingPlace,
    in store: KeyStore,
    _ wait: Waiting
  ) throws -> [String] {
    try store.set("\(key)/\(rank)", own)
    var values = [String?](repeating: nil, count: size)
    func missing() -> ProcessGroupError {
      .missing(
        values.indices.filter { values[$0] == nil },
        of: size,
        at: place.name,
        after: wait.patience
      )
    }
    return try wait.until(missing) {
      for index in values.indices where values[index] == nil {
        values[index] = try store.value("\(key)/\(index)")
      }
      return values.contains(nil) ? nil : values.map { $0! }
    }
  }
}
