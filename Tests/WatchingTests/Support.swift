import Foundation

@testable import Exchange
@testable import Runs
@testable import Watching

/// Runs `body` with the folder of a run that has begun; the folder is deleted afterwards.
func withRun<Result>(
  named name: String = "run",
  _ body: (RunFolder) throws -> Result
) throws -> Result {
  let parent = FileManager.default.temporaryDirectory
    .appendingPathComponent("distill-watch-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: parent) }
  let folder = try RunFolder.create(
    for: "compress",
    at: parent.appendingPathComponent(name).path,
    recipe: "startedAt: 2026-11-29T10:00:00Z\noptions:\n  student: mlp:4-3-2\n"
  )
  defer { folder.lock?.release() }
  return try body(folder)
}

/// An answer over real HTTP.
struct Answer {
  let status: Int
  let headers: [String: String]
  let body: String
}

/// Asks a server at a port by hand, so that every header is what a test says.
///
/// - Parameters:
///   - lines: Headers beside the usual ones.
///   - isEnough: Whether what came so far is all that is waited for; the default waits for the end.
func ask(
  _ port: UInt16,
  _ request: String,
  host: String? = "localhost",
  _ lines: [String] = [],
  until isEnough: (String) -> Bool = { _ in false }
) throws -> Answer {
  let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(file) }
  var place = sockaddr_in()
  place.sin_family = sa_family_t(AF_INET)
  place.sin_port = port.bigEndian
  place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var patience = timeval(tv_sec: 10, tv_usec: 0)
  setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  let isConnected = withUnsafePointer(to: &place) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
  guard isConnected else { throw POSIXError.last }
  let head =
    ["\(request) HTTP/1.1"] + (host.map { ["Host: \($0)"] } ?? []) + lines + ["Connection: close"]
  let text = head.joined(separator: "\r\n") + "\r\n\r\n"
  _ = text.withCString { send(file, $0, strlen($0), 0) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while !isEnough(String(decoding: bytes, as: UTF8.self)) {
    let count = recv(file, &buffer, buffer.count, 0)
    guard count > 0 else { break }
    bytes += buffer.prefix(count)
  }
  let parts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")
  let said = parts[0].components(separatedBy: "\r\n")
  let headers = said.dropFirst().reduce(into: [String: String]()) { found, line in
    guard let colon = line.firstIndex(of: ":") else { return }
    found[line[..<colon].lowercased()] =
      line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  }
  return Answer(
    status: Int(said[0].split(separator: " ").dropFirst().first ?? "") ?? 0,
    headers: headers,
    body: parts.dropFirst().joined(separator: "\r\n\r\n")
  )
}

/// The page of a run as the program serves it: a process of its own, so that what waits for an answer
/// here holds up nothing that answers.
final class ServedPage {
  let address: String
  let port: UInt16
  let token: String
  private let process = Process()

  /// - Throws: `RunError` with what the program says when it ends at once.
  init(_ folder: URL, port: UInt16? = nil) throws {
    // On a Mac the tests run inside another program, from a bundle.
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let products = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    process.executableURL = products.appendingPathComponent("distill")
    process.arguments = ["watch", folder.path] + (port.map { ["--port", "\($0)"] } ?? [])
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    var said = Data()
    while said.last != UInt8(ascii: "\n") {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw RunError(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))
      }
      said += more
    }
    address = String(decoding: said.dropLast(), as: UTF8.self)
    let parts = URLComponents(string: address)!
    self.port = UInt16(parts.port!)
    token = parts.queryItems!.first { $0.name == "token" }!.value!
  }

  deinit {
    process.interrupt()
    process.waitUntilExit()
  }
}

/// A process that holds the lock of a run, as a program that works in it, and ends with code 7 when it
/// is asked to stop.
final class Worker {
  let process = Process()

  init(in folder: RunFolder, holdsLock: Bool = true) throws {
    folder.lock?.release()
    // A shell cannot trap what is ignored when it starts, as in the background of another, or blocked, as
    // in the threads that run tests.
    signal(SIGINT, SIG_DFL)
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let lock = folder.file(RunLock.name).path
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c",
      """
      trap 'exit 7' INT
      echo "$$ \(RunLock.host ?? "")" > '\(lock)'
      \(holdsLock ? "exec 9<'\(lock)'" : "")
      touch '\(lock).ready'
      for i in $(seq 600); do sleep 0.05; done
      """,
    ]
    try process.run()
    for _ in 0..<200 where !FileManager.default.fileExists(atPath: "\(lock).ready") {
      usleep(20_000)
    }
    unlink("\(lock).ready")
  }

  deinit { if process.isRunning { process.terminate() } }
}
