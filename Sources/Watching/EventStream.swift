import FlyingSocks
import Foundation

/// What happens in a run as server-sent events, until the reader goes away.
struct EventStream: AsyncBufferedSequence {
  typealias Element = UInt8

  let reading: RunReading
  let audience: Audience

  func makeAsyncIterator() -> Iterator { Iterator(reading: reading, audience: audience) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    private let reading: RunReading
    private let audience: Audience
    private var version = 0
    private var quietSince: ContinuousClock.Instant?

    init(reading: RunReading, audience: Audience) {
      (self.reading, self.audience) = (reading, audience)
    }

    mutating func next() async throws -> UInt8? {
      preconditionFailure("EventStream is read by buffers")
    }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      while true {
        if quietSince != nil { try await Task.sleep(for: .milliseconds(500)) }
        let (messages, version) = await reading.news(since: self.version)
        self.version = version
        let isQuiet = quietSince.map { $0.duration(to: .now) < .seconds(5) } ?? false
        if messages.isEmpty, isQuiet { continue }
        quietSince = .now
        audience.look()
        // A line that says nothing finds out whether somebody still reads.
        let text = messages.map { "event: \($0.event)\ndata: \($0.data)\n\n" }.joined()
        return Array((text.isEmpty ? ": \n\n" : text).utf8)
      }
    }
  }
}
