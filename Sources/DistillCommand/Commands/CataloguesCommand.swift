import ArgumentParser
import Runs

/// All that text may name, for programs that write documentation.
struct CataloguesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalogues",
    abstract: "Print all that options and recipes may name, as JSON.",
    discussion: """
      Example:
        distill catalogues
      """,
    shouldDisplay: false
  )

  func run() { Console(.json).show("", Catalogues()) }
}
