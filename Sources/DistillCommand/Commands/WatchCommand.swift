import ArgumentParser
import Exchange
import Foundation
import Runs
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
    output.console.show(server.address, event: "watch", ["address": server.address])
    while !interruption.isRequested { Thread.sleep(forTimeInterval: 0.1) }
  }
}

/// The port of a page.
struct WatchPort: Equatable, ExpressibleByArgument, CustomStringConvertible {
  static let any = WatchPort(said: nil)

  private let said: Double?

  /// 0 for any.
  var number: UInt16 { said.flatMap { UInt16(exactly: $0) } ?? 0 }
  var description: String { said.map { "\($0)" } ?? "any" }

  private init(said: Double?) { self.said = said }

  /// - Parameter argument: What is no number is another argument.
  init?(argument: String) {
    guard let number = Double(argument) else { return nil }
    said = number
  }

  /// - Throws: `ValidationError` for a number that is no port.
  func check(_ option: String) throws {
    guard let said, number == 0 else { return }
    let text = Int(exactly: said).map { "\($0)" } ?? "\(said)"
    throw ValidationError("--\(option) \(text): must be a whole number from 1 to 65,535.")
  }
}
