import ArgumentParser
import Exchange
import Foundation
import Watching

/// A page that shows a run while it goes on.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show a run on a page: how far it is, curves, log, and a button that stops it.",
    discussion: """
      The run may have begun before, be resumed, or be over. The page is served to this machine alone \
      and asks for the token in the address that is printed. Ctrl-C ends the page, not the run.

      Example:
        distill watch runs/mine

      Of a run on another machine, after ssh -L 8765:localhost:8765 machine:
        distill watch runs/mine --port 8765
      """
  )

  @ArgumentParser.Argument(
    help: ArgumentHelp("The folder of the run.", valueName: "run"),
    completion: .directory
  )
  var folder: String

  @Option(help: "Where to serve it. (default: any port that is free)")
  var port: WatchPort?

  @OptionGroup var output: OutputOptions

  func validate() throws { try port?.check("port") }

  func run() throws {
    let server = try WatchServer(URL(fileURLWithPath: folder).absoluteURL, port: port?.number ?? 0)
    defer { server.stop() }
    let interruption = Interruption(write: { _ in })
    interruption.listen()
    Console(output.verbosity).show(server.address, Answer(address: server.address))
    while !interruption.isRequested { Thread.sleep(forTimeInterval: 0.1) }
  }

  private struct Answer: Encodable {
    var event = "watch"
    let address: String
  }
}

/// The port of a page.
enum WatchPort: Equatable, ExpressibleByArgument {
  case any
  case port(Double)

  /// - Parameter argument: What is no number is another argument.
  init?(argument: String) {
    guard let number = Double(argument) else { return nil }
    self = .port(number)
  }

  /// 0 for any.
  var number: UInt16 {
    if case .port(let number) = self { UInt16(exactly: number) ?? 0 } else { 0 }
  }
  var defaultValueDescription: String { "any" }

  /// - Throws: `ValidationError` for a number that is no port.
  func check(_ option: String) throws {
    guard case .port(let number) = self, self.number == 0 else { return }
    throw ValidationError("--\(option) \(number): must be a whole number from 1 to 65,535.")
  }
}
