import Distill
import FlyingFox
import FlyingSocks
import Foundation
import Reporting
import Runs

/// Serves the page of one run, to this machine alone.
package final class WatchServer: Sendable {
  /// Where the page is, with the token that it asks for.
  package let address: String
  private let server: HTTPServer
  private let audience: Audience

  /// Starts to serve in the background.
  ///
  /// - Parameters:
  ///   - folder: Of the run.
  ///   - port: 0 for any that is free.
  /// - Throws: `RunError` when it is no run, or the port cannot be had.
  package init(_ folder: URL, port: UInt16 = 0) throws {
    guard RunFolder(url: folder, command: "watch").contains(RunFolder.state) else {
      throw RunError(
        "there is no run in '\(folder.path)' to watch: name the folder that distill named when it began"
      )
    }
    let access = WatchAccess()
    let audience = Audience()
    let server = HTTPServer(
      address: .loopback4(port: port),
      logger: .disabled,
      handler: WatchHandler(
        access: access,
        folder: folder,
        reading: RunReading(folder),
        audience: audience
      )
    )
    let started = Started()
    Task.detached {
      do { try await server.run() } catch { started.end(.failure(error)) }
    }
    Task.detached {
      do {
        try await server.waitUntilListening()
        guard case .ip4(_, port: let port)? = await server.listeningAddress else {
          throw SocketError.disconnected
        }
        started.end(.success(port))
      } catch {
        started.end(.failure(error))
      }
    }
    do {
      let chosen = try started.wait()
      address = "http://127.0.0.1:\(chosen)/?token=\(access.token)"
    } catch {
      throw Self.refusal(of: port, error)
    }
    (self.server, self.audience) = (server, audience)
  }

  /// Refuses a port that another program has, before work begins that its page is to show.
  ///
  /// - Throws: `RunError`.
  package static func requireFree(_ port: UInt16) throws {
    do {
      let socket = try Socket(domain: Int32(sa_family_t(AF_INET)))
      defer { try? socket.close() }
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: .loopback4(port: port))
    } catch {
      throw refusal(of: port, error)
    }
  }

  private static func refusal(of port: UInt16, _ error: any Error) -> RunError {
    var reason = sentence(for: error)
    if case .failed(type: _, errno: let number, message: _)? = error as? SocketError {
      reason = String(cString: strerror(number)).lowercased()
    }
    return RunError("no page can be served at port \(port): \(reason); choose another port")
  }

  /// Whether somebody looked in the last few seconds.
  package var isWatched: Bool { audience.isThere }

  /// Ends it.
  package func stop() {
    let server = server
    let ended = DispatchSemaphore(value: 0)
    Task.detached {
      await server.stop(timeout: 0)
      ended.signal()
    }
    _ = ended.wait(timeout: .now() + 2)
  }
}

/// At which port it listens, once it does.
private final class Started: @unchecked Sendable {
  private let lock = NSLock()
  private let isKnown = DispatchSemaphore(value: 0)
  private var result: Result<UInt16, any Error>?

  func end(_ result: Result<UInt16, any Error>) {
    lock.withLock { self.result = self.result ?? result }
    isKnown.signal()
  }

  func wait() throws -> UInt16 {
    isKnown.wait()
    return try lock.withLock { result! }.get()
  }
}

extension SocketAddress where Self == sockaddr_in {
  /// Of this machine alone.
  fileprivate static func loopback4(port: UInt16) -> sockaddr_in {
    // Four numbers are always an address.
    try! .inet(ip4: "127.0.0.1", port: port)
  }
}

/// Who looks at the page.
final class Audience: @unchecked Sendable {
  private let lock = NSLock()
  private var seen: ContinuousClock.Instant?

  var isThere: Bool { lock.withLock { seen.map { .now - $0 < .seconds(8) } ?? false } }

  func look() { lock.withLock { seen = .now } }
}

/// Answers requests.
private struct WatchHandler: HTTPHandler {
  let access: WatchAccess
  let folder: URL
  let reading: RunReading
  let audience: Audience

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let asked = WatchAccess.Request(
      method: request.method.rawValue,
      path: request.path,
      token: request.query["token"],
      host: request.headers[.host],
      origin: request.headers[HTTPHeader("Origin")],
      site: request.headers[HTTPHeader("Sec-Fetch-Site")]
    )
    switch access.answer(asked) {
    case .refused(let code, let reason):
      return text(reason + "\n", HTTPStatusCode(code, phrase: "Refused"))
    case .page:
      let nonce = WatchAccess().token
      var response = HTTPResponse(
        statusCode: .ok,
        headers: Self.headers("text/html; charset=utf-8"),
        body: Data(WatchPage.html(nonce: nonce).utf8)
      )
      response.headers[HTTPHeader("Content-Security-Policy")] = Self.policy(nonce)
      return response
    case .events:
      return HTTPResponse(
        statusCode: .ok,
        headers: Self.headers("text/event-stream"),
        body: HTTPBodySequence(from: EventStream(reading: reading, audience: audience))
      )
    case .stop:
      do {
        let process = try RunLock.interrupt(folder)
        return text("process \(process) was asked to stop after this step")
      } catch {
        return text(sentence(for: error), .conflict)
      }
    }
  }

  private func text(_ text: String, _ code: HTTPStatusCode = .ok) -> HTTPResponse {
    HTTPResponse(
      statusCode: code,
      headers: Self.headers("text/plain; charset=utf-8"),
      body: Data(text.printable.utf8)
    )
  }

  /// The hash of the style that charts bring along, as policies have it.
  private static let chartStyle: String = {
    var hash = SHA256()
    hash.update(Data(ChartStyle.text.utf8))
    let digits = Array(hash.finalize())
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)!
    }
    return Data(bytes).base64EncodedString()
  }()

  /// The page runs its own script and style and those of its charts, and loads nothing.
  private static func policy(_ nonce: String) -> String {
    """
    default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)' \
    'sha256-\(chartStyle)'; img-src data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'
    """
  }

  private static func headers(_ type: String) -> HTTPHeaders {
    [
      .contentType: type,
      HTTPHeader("Cache-Control"): "no-store",
      HTTPHeader("Content-Security-Policy"): "default-src 'none'",
      HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
      HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
      HTTPHeader("Referrer-Policy"): "no-referrer",
      HTTPHeader("X-Content-Type-Options"): "nosniff",
      HTTPHeader("X-Frame-Options"): "DENY",
    ]
  }
}
