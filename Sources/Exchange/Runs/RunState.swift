import Foundation

/// What `state.json` holds: whose run it is, whether it is finished, and how far it is.
package struct RunState<Progress: Codable>: Codable {
  package var program = programVersion
  package let command: String
  package var isFinished = false
  /// What the command needs to go on; nil at the start.
  package var progress: Progress?
  /// The folder that relative paths in the recipe are meant from; nil in runs of earlier versions.
  package var directory: String? = FileManager.default.currentDirectoryPath

  package init(command: String, isFinished: Bool = false, progress: Progress? = nil) {
    self.command = command
    self.isFinished = isFinished
    self.progress = progress
  }
}

/// The progress of a run that has made none.
package struct Nothing: Codable {
  package init() {}
}

extension RunFolder {
  /// Notes how far the run is.
  ///
  /// - Throws: `RunError` when the state cannot be written.
  package func save(progress: some Codable, isFinished: Bool = false) throws {
    try save(RunState(command: command, isFinished: isFinished, progress: progress))
  }

  /// Notes that the run has done all its work.
  ///
  /// - Throws: `RunError` when the state cannot be written.
  package func finish() throws { try save(RunState<Nothing>(command: command, isFinished: true)) }

  /// How far the run is, or nil when it made no progress yet.
  ///
  /// - Throws: `RunError` when the state cannot be read as such.
  package func loadProgress<Progress: Codable>(_ type: Progress.Type) throws -> Progress? {
    try load(RunState<Progress>.self).progress
  }

  /// Goes to the folder in which the run was begun, if it is still there: the relative paths in its
  /// recipe are meant from there.
  package func enterDirectory() throws {
    guard let directory = try loadHeader().directory, directory.hasPrefix("/") else { return }
    _ = FileManager.default.changeCurrentDirectoryPath(directory)
  }

  /// Whether the run has done all its work.
  package func isFinished() throws -> Bool { try loadHeader().isFinished }

  package func save(_ state: RunState<some Codable>) throws {
    try write(jsonLine(state), to: Self.state)
  }

  package func loadHeader() throws -> RunState<Nothing> { try load(RunState<Nothing>.self) }

  private func load<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let data = try RegularFile.data(file(Self.state))
    do {
      return try JSONDecoder.ofAllNumbers.decode(type, from: data)
    } catch {
      throw RunError(
        "'\(file(Self.state).path)' is damaged or of another version; start a new run without "
          + "--resume"
      )
    }
  }
}
