import Foundation
import Testing

@testable import Tensors

#if canImport(Darwin) || canImport(Glibc)
  /// Processes of their own that exchange tensors, on one machine.
  @Suite struct ProcessGroupTests {
    /// The numbers of a rank that all are told.
    static func numbers(_ rank: Int) -> [Float] {
      (0..<1_000).map { Float($0) + 0.5 * Float(rank) }
    }

    /// What each of `size` processes checks when it met the others.
    static func exchange(_ group: ProcessGroup) throws {
      let own = Tensor(numbers(group.rank))
      let all = try group.allGather(own)
      for rank in 0..<group.size { precondition(all[rank].scalars() == numbers(rank)) }
      let sum: [Float] = try group.allReduce(own).scalars()
      precondition(
        sum
          == (0..<1_000).map { index in
            // Halves are exact.
            (0..<group.size).reduce(0) { $0 + numbers($1)[index] }
          }
      )
      precondition(own.scalars() == numbers(group.rank), "a tensor is a value")
      let last = group.size - 1
      let told: [Float] = try group.broadcast(own, from: last).scalars()
      precondition(told == numbers(last))
      let bytes = try group.broadcast(bytes: group.rank == 0 ? Array("übrigens".utf8) : [7])
      precondition(String(decoding: bytes, as: UTF8.self) == "übrigens")
      let none = try group.broadcast(bytes: [])
      precondition(none.isEmpty)
      try group.barrier()
    }

    private func temporary() -> String {
      FileManager.default.temporaryDirectory.appendingPathComponent("distill-\(UUID().uuidString)")
        .path
    }

    @Test(arguments: [2, 4])
    func processesMeetInAFolder(size: Int) async throws {
      let folder = temporary()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      // As meetings leave it whose processes were killed.
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for (name, text) in [
        ("rank-1", "ab"), ("meeting", "store-x 1 ab"), ("store-x", "nonsense"),
      ] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      await withTaskGroup(of: Void.self) { tasks in
        for rank in 0..<size {
          tasks.addTask {
            await #expect(processExitsWith: .success) {
              [rank = rank as Int, size = size as Int, folder = folder as String] in
              try ProcessGroupTests.exchange(
                ProcessGroup(
                  rank: rank,
                  size: size,
                  at: .folder(URL(fileURLWithPath: folder)),
                  patience: .seconds(300)
                )
              )
            }
          }
        }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(left) == ["store-x"], "a meeting takes away what it made: \(left)")
    }

    @Test func processesMeetAtAPort() async throws {
      let port = try #require(Self.freePort())
      await withTaskGroup(of: Void.self) { tasks in
        for rank in 0..<2 {
          tasks.addTask {
            await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
              try ProcessGroupTests.exchange(
                ProcessGroup(
                  rank: rank,
                  size: 2,
                  at: .master(host: "127.0.0.1", port: port),
                  patience: .seconds(300)
                )
              )
            }
          }
        }
      }
    }

    @Test func whoIsKilledIsNamedByAllOthers() async throws {
      let folder = temporary()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      await withTaskGroup(of: Void.self) { tasks in
        for rank in [0, 1, 3] {
          tasks.addTask {
            await #expect(processExitsWith: .success) {
              [rank = rank as Int, folder = folder as String] in
              let group = try ProcessGroup(
                rank: rank,
                size: 4,
                at: .folder(URL(fileURLWithPath: folder)),
                patience: .seconds(300)
              )
              try group.barrier()
              let start = ContinuousClock.now
              do {
                while true { _ = try group.allGather(Tensor([1] as [Float])) }
              } catch let error as ProcessGroupError {
                precondition(error == .gone([2], of: 4), "\(error)")
                precondition("\(error)".hasPrefix("rank 2 of 4 ended"))
              }
              precondition(.now - start < .seconds(60), "it takes no patience")
            }
          }
        }
        tasks.addTask {
          await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            let group = try ProcessGroup(
              rank: 2,
              size: 4,
              at: .folder(URL(fileURLWithPath: folder))
            )
            try group.barrier()
            for _ in 0..<3 { _ = try group.allGather(Tensor([1] as [Float])) }
            kill(getpid(), SIGKILL)
          }
        }
      }
    }

    @Test func whoDoesNotComeIsNamed() throws {
      let folder = URL(fileURLWithPath: temporary())
      defer { try? FileManager.default.removeItem(at: folder) }
      let port = try #require(Self.freePort())
      let places: [(MeetingPlace, rank: Int, missing: [Int])] = [
        (.folder(folder), 0, [1, 2]), (.folder(folder), 1, [0]),
        (.master(host: "127.0.0.1", port: port), 0, [1, 2]),
        (.master(host: "127.0.0.1", port: port), 2, [0]),
      ]
      for (place, rank, missing) in places {
        let error = #expect(throws: ProcessGroupError.self) {
          try ProcessGroup(rank: rank, size: 3, at: place, patience: .milliseconds(300))
        }
        #expect(
          error == .missing(missing, of: 3, at: place.name, after: .milliseconds(300)),
          "\(String(describing: error))"
        )
      }
      let sentence = ProcessGroupError.missing([1, 2], of: 3, at: "'x'", after: .seconds(5))
      #expect(sentence.description.hasPrefix("ranks 1, 2 of 3 did not come to 'x' within 5 s"))
    }

    /// The folder is beside the run's, and may be others' too.
    @Test(arguments: [0, 1]) func pipesAreNotWaitedFor(rank: Int) throws {
      let folder = URL(fileURLWithPath: temporary())
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      for name in ["rank-\(1 - rank)", "meeting"] {
        #expect(mkfifo(folder.appendingPathComponent(name).path, 0o600) == 0)
      }
      let error = #expect(throws: ProcessGroupError.self) {
        try ProcessGroup(rank: rank, size: 2, at: .folder(folder), patience: .milliseconds(300))
      }
      let missing = ProcessGroupError.missing(
        [1 - rank],
        of: 2,
        at: MeetingPlace.folder(folder).name,
        after: .milliseconds(300)
      )
      #expect(error == missing)
    }

    @Test func meetingsThatCannotBeAreRefusedInASentence() throws {
      let file = URL(fileURLWithPath: temporary())
      try Data().write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let error = #expect(throws: ProcessGroupError.self) {
        try ProcessGroup(rank: 0, size: 2, at: .folder(file.appendingPathComponent("in")))
      }
      #expect(error?.description.contains("where nothing can be written") == true)
      // Somebody else's port.
      let listener = socket(AF_INET, Self.stream, 0)
      defer { close(listener) }
      let port = try #require(Self.bound(listener))
      listen(listener, 1)
      let refused = #expect(throws: ProcessGroupError.self) {
        try ProcessGroup(
          rank: 0,
          size: 2,
          at: .master(host: "127.0.0.1", port: port),
          patience: .seconds(2)
        )
      }
      #expect(refused?.description.contains("MASTER_PORT") == true)
      #expect(refused?.description.contains("\n") == false)
    }

    @Test func aWaitIsCancelled() throws {
      let folder = URL(fileURLWithPath: temporary())
      defer { try? FileManager.default.removeItem(at: folder) }
      for rank in 0..<2 {
        let error = #expect(throws: ProcessGroupError.self) {
          try ProcessGroup(rank: rank, size: 2, at: .folder(folder)) { true }
        }
        #expect(error == .cancelled)
      }
    }

    /// Two machines, as namespaces of networks with a cable between them.
    @Test(
      .enabled(
        if: NetworkPair.isAllowed,
        "two machines on one: only root may make namespaces of networks, by ip of iproute2"
      ),
      arguments: [false, true]
    )
    func machinesWithACableBetweenThem(throughAPort: Bool) async throws {
      let pair = try NetworkPair()
      let folder = temporary()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      await withTaskGroup(of: Void.self) { tasks in
        for rank in 0..<2 {
          tasks.addTask {
            await #expect(processExitsWith: .success) {
              [
                rank = rank as Int, folder = folder as String, name = pair.names[rank] as String,
                host = pair.addresses[0] as String, throughAPort = throughAPort as Bool,
              ] in
              try NetworkPair.enter(name)
              let group = try ProcessGroup(
                rank: rank,
                size: 2,
                at: throughAPort
                  ? .master(host: host, port: 29_500) : .folder(URL(fileURLWithPath: folder)),
                patience: .seconds(20)
              )
              try ProcessGroupTests.exchange(group)
              // The cable is pulled while both wait for each other.
              if rank == 1 { try NetworkPair.pull(name) }
              do {
                while true { try group.barrier(patience: .seconds(2)) }
              } catch let error as ProcessGroupError {
                // In a folder both say that they are there.
                if throughAPort { precondition(error == .gone([1 - rank], of: 2), "\(error)") }
                precondition(!"\(error)".contains("\n"))
              }
            }
          }
        }
      }
    }

    #if canImport(Darwin)
      static let stream = SOCK_STREAM
    #else
      static let stream = Int32(SOCK_STREAM.rawValue)
    #endif

    /// Binds a socket to a port of the system's choice.
    private static func bound(_ socket: Int32) -> Int? {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
        }
      }
      return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    static func freePort() -> Int? {
      let descriptor = socket(AF_INET, stream, 0)
      defer { close(descriptor) }
      return bound(descriptor)
    }
  }

  /// Two namespaces of networks on this machine, connected by a virtual cable until they are forgotten.
  final class NetworkPair: Sendable {
    let names: [String]
    let addresses: [String]

    init() throws {
      let id = Int.random(in: 0..<50_000)
      names = ["distill-\(id)-a", "distill-\(id)-b"]
      addresses = (1...2).map { "10.\(150 + id / 5_000).\(id % 250).\($0)" }
      for name in names { try Self.ip("netns", "add", name) }
      let ends = names.map(Self.end)
      try Self.ip(
        "link",
        "add",
        ends[0],
        "netns",
        names[0],
        "type",
        "veth",
        "peer",
        ends[1],
        "netns",
        names[1]
      )
      for (index, name) in names.enumerated() {
        try Self.ip("-n", name, "addr", "add", "\(addresses[index])/24", "dev", ends[index])
        for device in ["lo", ends[index]] { try Self.ip("-n", name, "link", "set", device, "up") }
      }
    }

    deinit { for name in names { try? Self.ip("netns", "delete", name) } }

    static let isAllowed: Bool = {
      let name = "distill-\(Int.random(in: 50_000..<100_000))"
      guard geteuid() == 0, (try? ip("netns", "add", name)) != nil else { return false }
      defer { try? ip("netns", "delete", name) }
      return (try? ip("-n", name, "link", "set", "lo", "up")) != nil
    }()

    /// The end of the cable in a namespace.
    private static func end(_ name: String) -> String {
      "v" + name.split(separator: "-").dropFirst().joined()
    }

    static func pull(_ name: String) throws { try ip("-n", name, "link", "set", end(name), "down") }

    /// Puts this thread, and those that it starts, into a namespace.
    static func enter(_ name: String) throws {
      typealias Enter = @convention(c) (Int32, Int32) -> Int32
      let file = open("/var/run/netns/\(name)", O_RDONLY)
      defer { close(file) }
      guard let symbol = dlsym(nil, "setns"),
        unsafeBitCast(symbol, to: Enter.self)(file, 0x4000_0000) == 0
      else { throw POSIXError(.EPERM) }
    }

    private static func ip(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(
        fileURLWithPath: ["/usr/sbin/ip", "/sbin/ip"].first {
          FileManager.default.isExecutableFile(atPath: $0)
        } ?? "/usr/sbin/ip"
      )
      process.arguments = arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw POSIXError(.EPERM) }
    }
  }
#endif
