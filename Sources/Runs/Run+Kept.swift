import Distill
import Foundation

extension Run {
  /// A part of the run: read from its file where it was finished before, else made and kept there.
  ///
  /// - Parameters:
  ///   - name: The file's name without `.json`.
  ///   - isPossible: Whether what a file says can have been made: folders come from other people, too. The
  ///     default is yes.
  ///   - make: Makes it; throws `Stopped` when it was asked to stop.
  /// - Throws: One sentence when the file is damaged or cannot be written.
  public func kept<Part: Codable>(
    _ name: String,
    checking isPossible: (Part) -> Bool = { _ in true },
    _ make: () throws -> Part
  ) throws -> Part {
    let file = "\(name).json"
    if folder.contains(file) {
      let data = try RegularFile.data(folder.file(file))
      guard let part = try? JSONDecoder.ofAllNumbers.decode(Part.self, from: data),
        isPossible(part)
      else {
        throw RunError(
          "'\(folder.file(file).path)' is damaged: delete it, and that part is done again"
        )
      }
      return part
    }
    let part = try make()
    try folder.write(prettyJson(part), to: file)
    return part
  }

  /// Runs work of many small operations on one thread: dividing them costs more than it brings.
  public func onOneThread<Result>(_ work: () throws -> Result) rethrows -> Result {
    try Machine.with(threads: 1, work)
  }

  /// Prints a table and adds it to what the run's `table.txt` will hold.
  public func show(_ title: String, _ table: TextTable, in text: inout String) {
    let part = "\(title)\n\n\(table.text(width: 120))"
    work.show("\n" + part, ShownTable(title: title, table: table))
    text += (text.isEmpty ? "" : "\n") + part
  }
}

private struct ShownTable: Codable {
  var event = "table"
  let title: String
  let table: TextTable
}
