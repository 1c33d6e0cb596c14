import Foundation

/// Who may see a page and stop its run: whoever has the token that is printed with the address, from a
/// page of this server.
///
/// Other users of the machine can reach the port, and so can any web page that a browser shows, by
/// asking for `127.0.0.1` or by a name of its own that leads there.
struct WatchAccess: Sendable {
  /// What a request says of itself.
  struct Request {
    var method: String
    var path: String
    var token: String?
    var host: String?
    var origin: String?
    /// What a browser says of where the request comes from.
    var site: String?
  }

  enum Answer: Equatable {
    case page, events, stop
    case refused(code: Int, reason: String)
  }

  /// 256 random bits.
  let token: String

  init() {
    var generator = SystemRandomNumberGenerator()
    token = (0..<4).map { _ in
      let digits = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  func answer(_ request: Request) -> Answer {
    // Names that lead here but are not ours are somebody else's page (DNS rebinding).
    guard let host = request.host, Self.isLoopback(host) else {
      return .refused(code: 403, reason: "this page is at localhost or 127.0.0.1 alone")
    }
    guard let token = request.token, Self.isSame(token, self.token) else {
      return .refused(code: 403, reason: "open the address that was printed, with its token")
    }
    let isOwn =
      request.origin.map { $0 == "http://\(host)" } ?? true
      && ["same-origin", "none"].contains(request.site ?? "none")
    switch (request.method, request.path) {
    case ("GET", "/"): return .page
    case ("GET", "/events"):
      return isOwn ? .events : .refused(code: 403, reason: "this is for its own page alone")
    case ("POST", "/stop"):
      return isOwn && request.origin != nil
        ? .stop : .refused(code: 403, reason: "only its own page may stop the run")
    case (_, "/"), (_, "/events"), (_, "/stop"):
      return .refused(code: 405, reason: "this is asked for in another way")
    default: return .refused(code: 404, reason: "there is nothing but the page of one run")
    }
  }

  /// Whether a host is this machine's own name for itself, at any port: one that `ssh -L` forwards is
  /// another here.
  static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    guard let name = ["localhost", "127.0.0.1", "[::1]"].first(where: host.hasPrefix) else {
      return false
    }
    let port = host.dropFirst(name.count)
    return port.isEmpty
      || port.first == ":" && (2...6).contains(port.count)
        && port.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// Compares in a time that says nothing of where they differ.
  static func isSame(_ text: String, _ secret: String) -> Bool {
    let (given, right) = (Array(text.utf8), Array(secret.utf8))
    var difference = given.count ^ right.count
    for (index, byte) in right.enumerated() {
      difference |= Int(byte ^ (index < given.count ? given[index] : 0))
    }
    return difference == 0
  }
}
