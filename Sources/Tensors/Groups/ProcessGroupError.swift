/// Why processes do not work together, in one sentence.
public enum ProcessGroupError: Error, CustomStringConvertible, Sendable, Equatable {
  /// These ranks did not come to where all meet.
  case missing([Int], of: Int, at: String, after: Duration)
  /// These ended, or were cut off.
  case gone([Int], of: Int)
  /// Nobody is gone, and yet they do not hear each other.
  case broken(String)
  /// The place where they meet cannot be used.
  case noMeeting(String)
  case cancelled

  public var description: String {
    switch self {
    case .missing(let ranks, let size, let place, let patience):
      "\(Self.named(ranks, of: size)) did not come to \(place) within \(patience.components.seconds) s: "
        + "start all ranks, and look at what the missing ones say"
    case .gone(let ranks, let size):
      "\(Self.named(ranks, of: size)) ended or cannot be reached any more: see what it said, and start "
        + "all ranks again"
    case .broken(let reason):
      "the connection between the ranks broke (\(reason)): start all ranks again"
    case .noMeeting(let reason): reason
    case .cancelled: "stopped while this rank waited for the others"
    }
  }

  private static func named(_ ranks: [Int], of size: Int) -> String {
    let few = ranks.prefix(8).map(String.init).joined(separator: ", ")
    let more = ranks.count > 8 ? " and \(ranks.count - 8) more" : ""
    return "\(ranks.count == 1 ? "rank" : "ranks") \(few)\(more) of \(size)"
  }
}
