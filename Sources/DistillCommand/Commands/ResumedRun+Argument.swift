import ArgumentParser
import Exchange

extension ResumedRun: ExpressibleByArgument {
  package init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self = .folder(argument)
  }

  package var defaultValueDescription: String { "latest" }
}
