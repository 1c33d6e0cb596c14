import Distill
import Foundation

/// Serves the page of a run that this process works on, from when there is its folder.
package final class RunWatch {
  private let port: UInt16
  private let say: (String) -> Void
  private let warn: (String) -> Void
  private var server: WatchServer?
  private var hasTried = false

  /// - Parameters:
  ///   - port: 0 for any that is free.
  ///   - say: Told where the page is.
  ///   - warn: Told why there is none: a run is worth more than its page.
  package init(
    port: UInt16,
    saying say: @escaping (String) -> Void,
    warning warn: @escaping (String) -> Void
  ) {
    (self.port, self.say, self.warn) = (port, say, warn)
  }

  /// Takes what work says of itself.
  package func take(_ event: Work.Event) {
    guard case .opened(let folder) = event, !hasTried else { return }
    hasTried = true
    do {
      let server = try WatchServer(folder, port: port)
      say("watch it at \(server.address)")
      self.server = server
    } catch {
      warn(sentence(for: error))
    }
  }

  /// Ends the page when everybody who watches had time to see how the run ended.
  package func finish() {
    guard let server else { return }
    if server.isWatched { Thread.sleep(forTimeInterval: 1.2) }
    server.stop()
    self.server = nil
  }
}
