import Testing

@testable import Watching

@Suite struct WatchAccessTests {
  private let access = WatchAccess()

  private func request(
    _ method: String = "GET",
    _ path: String = "/",
    host: String? = "127.0.0.1:8765",
    origin: String? = nil,
    site: String? = nil
  ) -> WatchAccess.Request {
    WatchAccess.Request(
      method: method,
      path: path,
      token: access.token,
      host: host,
      origin: origin,
      site: site
    )
  }

  @Test func tokensAreLongAndNoTwoAreTheSame() {
    let tokens = Set((0..<100).map { _ in WatchAccess().token })
    #expect(tokens.count == 100)
    #expect(tokens.allSatisfy { $0.count == 64 && $0.allSatisfy(\.isHexDigit) })
  }

  @Test func aTokenIsTheWholeOfItAndNothingElse() {
    let token = access.token
    #expect(WatchAccess.isSame(token, token))
    let others = [
      "", String(token.dropLast()), token + "0", String(token.reversed()), token.uppercased() + " ",
      String(repeating: "0", count: 64),
    ]
    for other in others where other != token { #expect(!WatchAccess.isSame(other, token)) }
    var asked = request()
    asked.token = nil
    if case .refused(403, _) = access.answer(asked) { return }
    Issue.record("no token")
  }

  @Test(arguments: [
    "localhost", "localhost:1", "LOCALHOST:65535", "127.0.0.1", "127.0.0.1:8765", "[::1]:80",
  ])
  func ownNamesAreServed(host: String) {
    #expect(access.answer(request(host: host)) == .page)
  }

  /// Names that somebody may let lead to this machine.
  @Test(arguments: [
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "localhost@evil", "",
    ":80",
    "localhost:", "localhost:123456", "localhost:8o", "127.0.0.1 evil", "[::1", "10.0.0.1",
  ])
  func otherNamesAreRefused(host: String) {
    guard case .refused(403, _) = access.answer(request(host: host)) else {
      Issue.record("\(host) is served")
      return
    }
  }

  @Test func onlyItsOwnPageStopsARun() {
    let own = "http://127.0.0.1:8765"
    #expect(access.answer(request("POST", "/stop", origin: own)) == .stop)
    #expect(access.answer(request("POST", "/stop", origin: own, site: "same-origin")) == .stop)
    for (origin, site) in [
      (nil, nil), ("null", nil), ("http://evil.example", nil), ("https://127.0.0.1:8765", nil),
      ("http://127.0.0.1:8766", nil), (own, "cross-site"), (own, "same-site"),
    ] as [(String?, String?)] {
      guard
        case .refused(403, _) = access.answer(
          request("POST", "/stop", origin: origin, site: site)
        )
      else {
        Issue.record("\(origin ?? "nobody") may stop it")
        continue
      }
    }
  }

  @Test func thereIsNothingElse() {
    for (method, path, code) in [
      ("GET", "/stop", 405), ("POST", "/", 405), ("GET", "/recipe.yaml", 404),
      ("PUT", "/events", 405),
      ("GET", "/../../etc/passwd", 404),
    ] {
      guard case .refused(let said, _) = access.answer(request(method, path)), said == code else {
        Issue.record("\(method) \(path)")
        continue
      }
    }
  }
}
