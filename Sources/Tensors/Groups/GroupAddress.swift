import CTorch
import Foundation

/// Which of its addresses a machine uses towards the others: the one on the way to rank 0, never what
/// its own name stands for, which on half of all clusters is the machine itself.
struct GroupAddress {
  /// Of a number such as `10.0.0.7`, or of a network's device where ``isInterface``.
  let name: String
  let isInterface: Bool

  init(
    of rank: Int,
    _ size: Int,
    meetingAt place: MeetingPlace,
    in store: KeyStore,
    _ wait: Waiting
  ) throws {
    // What PyTorch asks for, too.
    let devices = ProcessInfo.processInfo.environment["GLOO_SOCKET_IFNAME"]?.split(separator: ",")
    if let device = devices?.first {
      (name, isInterface) = (String(device), true)
      return
    }
    isInterface = false
    func gather(_ key: String, _ own: String) throws -> [String] {
      try Meeting.gather(key, own, rank: rank, size: size, at: place, in: store, wait)
    }
    let machines = try gather("machine", Self.machine)
    // No value is empty.
    let addresses = try gather("addresses", "- " + String(cString: dt_addresses()))
    let isHost = machines[rank] == machines[0]
    let way = isHost ? nil : Self.way(towards: addresses[0], place, from: addresses[rank])
    // Rank 0 is known by what others call it.
    let found = try gather("way", way.map { "\($0.here) \($0.there)" } ?? "-")
    guard machines.contains(where: { $0 != machines[0] }) else {
      name = "127.0.0.1"
      return
    }
    let ways = found.map { $0.split(separator: " ").map(String.init) }
    if isHost, let first = ways.first(where: { $0.count == 2 }) {
      name = first[1]
    } else if ways[rank].count == 2 {
      name = ways[rank][0]
    } else {
      throw ProcessGroupError.noMeeting(
        "rank \(rank) finds no way to the machine of rank 0: name the network by GLOO_SOCKET_IFNAME, such "
          + "as eth0"
      )
    }
  }

  /// The addresses here and there of the way to rank 0.
  private static func way(
    towards master: String,
    _ place: MeetingPlace,
    from own: String
  ) -> (here: String, there: String)? {
    func way(_ host: String) -> (here: String, there: String)? {
      guard let here = dt_address_towards(host).map({ String(cString: $0) }), !here.isEmpty,
        !here.hasPrefix("127."), here != "::1"
      else { return nil }
      return (here, String(cString: dt_address_found()))
    }
    if case .master(let host, _, _, _) = place { return way(host) }
    let known = Set(own.split(separator: " ").map(String.init))
    // Of several networks the one that both machines are in.
    return master.split(separator: " ").dropFirst().compactMap { way(String($0)) }
      .filter { known.contains($0.here) }
      .max { likeness($0) < likeness($1) }
  }

  private static func likeness(_ way: (here: String, there: String)) -> Int {
    func bytes(_ text: String) -> [UInt8] {
      var (four, six) = (in_addr(), in6_addr())
      if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
      return inet_pton(AF_INET6, text, &six) == 1 ? withUnsafeBytes(of: six) { Array($0) } : []
    }
    let (a, b) = (bytes(way.here), bytes(way.there))
    guard a.count == b.count else { return 0 }
    var bits = 0
    for (x, y) in zip(a, b) {
      guard x == y else { return bits + (x ^ y).leadingZeroBitCount }
      bits += 8
    }
    return bits
  }

  /// The machine, or the part of it that has networks of its own.
  private static var machine: String {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    let network = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/thread-self/ns/net"
    )
    return [boot ?? ProcessInfo.processInfo.hostName, network ?? ""].joined(separator: " ")
      .split(whereSeparator: \.isWhitespace).joined(separator: "-")
  }
}
