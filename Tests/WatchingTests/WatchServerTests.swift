import Distillation
import Foundation
import Testing

@testable import Exchange
@testable import Runs
@testable import Watching

/// The page over real HTTP.
@Suite(.serialized) struct WatchServerTests {
  private func withServer<Result>(
    of name: String = "run",
    _ body: (RunFolder, ServedPage) throws -> Result
  ) throws -> Result {
    try withRun(named: name) { folder in try body(folder, ServedPage(folder.url)) }
  }

  @Test func thePageGuardsItself() throws {
    try withServer { _, place in
      let page = try ask(place.port, "GET /?token=\(place.token)")
      #expect(page.status == 200 && page.body.contains("<h1"))
      let policy = try #require(page.headers["content-security-policy"])
      let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]{64})'/)).1
      #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe"))
      #expect(policy.contains("connect-src 'self'") && policy.contains("frame-ancestors 'none'"))
      #expect(page.body.contains("<script nonce=\"\(nonce)\">"))
      // It names no other place to load from.
      #expect(!page.body.contains("://"))
      #expect(page.headers["cache-control"] == "no-store")
      #expect(page.headers["referrer-policy"] == "no-referrer")
      let again = try ask(place.port, "GET /?token=\(place.token)")
      #expect(again.headers["content-security-policy"] != policy)
    }
  }

  @Test func nothingIsSaidWithoutTheToken() throws {
    try withServer(of: "secret") { folder, place in
      let wrong = String(place.token.reversed())
      for path in ["/", "/?token=", "/?token=\(wrong)", "/events", "/events?token=\(wrong)"] {
        let answer = try ask(place.port, "GET \(path)")
        #expect(answer.status == 403 && !answer.body.contains("secret"))
        #expect(!answer.body.contains(place.token))
      }
      let rebound = try ask(place.port, "GET /?token=\(place.token)", host: "evil.example")
      #expect(rebound.status == 403)
      #expect(try ask(place.port, "GET /?token=\(place.token)", host: nil).status == 403)
      for path in ["/recipe.yaml", "/../state.json", "/%2e%2e/state.json", "/favicon.ico"] {
        #expect(try ask(place.port, "GET \(path)?token=\(place.token)").status == 404)
      }
    }
  }

  @Test func withoutAPageWorkGoesOn() throws {
    var warnings: [String] = []
    let work = Work { event in if case .warning(let text) = event { warnings.append(text) } }
    let sum = try work.watched { told in
      told.open(URL(fileURLWithPath: "/nowhere"))
      return 1 + 1
    }
    #expect(sum == 2 && warnings.count == 1 && warnings[0].contains("there is no run in"))
  }

  /// Whatever its names hold; a tunnel shows the page at another port.
  @Test func eventsSayWhatTheRunSays() throws {
    let name = "<script>alert(1)</script>&\"'"
    try withServer(of: name.replacing("/", with: "|")) { folder, place in
      let recorder = CurveRecorder { Issue.record("\($0)") }
      let work = Work(report: recorder.take)
      work.open(folder.url)
      work.begin("student", of: 100)
      for step in 1...100 { work.update(step, loss: 1 / Double(step)) }
      work.end()
      work.note("<img src=x onerror=alert(2)>\u{1B}[31m")
      let answer = try ask(place.port, "GET /events?token=\(place.token)", host: "localhost:4321") {
        $0.contains("event: chart") && $0.contains("event: log")
      }
      #expect(answer.status == 200 && answer.headers["content-type"] == "text/event-stream")
      #expect(answer.body.contains("event: run\ndata: {"))
      #expect(answer.body.contains("\"state\":\"running\""))
      #expect(answer.body.contains("student  100%") && !answer.body.contains("\u{1B}"))
      // Each is one line of JSON.
      let data = answer.body.split(separator: "\n").filter { $0.hasPrefix("data: ") }
      for line in data.dropLast() {
        _ = try JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))
      }
    }
  }

  @Test func theButtonAsksTheProcessThatWorksInTheFolder() throws {
    try withServer { folder, place in
      let worker = try Worker(in: folder)
      let stop = "POST /stop?token=\(place.token)"
      #expect(try ask(place.port, stop).status == 403)
      #expect(try ask(place.port, stop, ["Origin: http://evil.example"]).status == 403)
      #expect(worker.process.isRunning)
      let answer = try ask(place.port, stop, ["Origin: http://localhost"])
      #expect(answer.status == 200 && answer.body.contains("\(worker.process.processIdentifier)"))
      worker.process.waitUntilExit()
      #expect(worker.process.terminationStatus == 7)
      let late = try ask(place.port, stop, ["Origin: http://localhost"])
      #expect(late.status == 409 && late.body.contains("no process works in"))
    }
  }

  /// A number in a lock's file may be another process by now.
  @Test func aProcessThatDoesNotHoldTheLockIsLeftAlone() throws {
    try withServer { folder, place in
      let worker = try Worker(in: folder, holdsLock: false)
      let answer = try ask(
        place.port,
        "POST /stop?token=\(place.token)",
        ["Origin: http://localhost"]
      )
      #expect(answer.status == 409 && worker.process.isRunning)
    }
  }

  @Test func aProcessElsewhereIsLeftAlone() throws {
    try withServer { folder, place in
      folder.lock?.release()
      try Data("\(getpid()) another.example\n".utf8).write(to: folder.file(RunLock.name))
      let answer = try ask(
        place.port,
        "POST /stop?token=\(place.token)",
        ["Origin: http://localhost"]
      )
      #expect(answer.status == 409 && answer.body.contains("another.example"))
      #expect(!RunLock.isHeld(folder.url))
    }
  }

  @Test func whatIsNoRunAndWhatIsTakenIsRefused() throws {
    try withRun { folder in
      let parent = folder.url.deletingLastPathComponent()
      let error = try #require(throws: RunError.self) { _ = try ServedPage(parent) }
      #expect(error.description.contains("there is no run in"))
      let page = try ServedPage(folder.url)
      let taken = try #require(throws: RunError.self) {
        try withExtendedLifetime(page) { _ = try ServedPage(folder.url, port: page.port) }
      }
      #expect(taken.description.contains("port \(page.port): address already in use"))
    }
  }
}
