import Distill
import Foundation
import StudentExport

extension ExportedStudent {
  /// Compares the student with its exported form, and gives that, where it is one file.
  ///
  /// - Throws: One sentence when the answers differ, or the form is several files.
  package func content(_ form: ExportForm, _ work: Work) throws -> Data {
    let (content, parity) = try graph.file(form, expecting: expected, of: inputs)
    work.note("\(parity)")
    return content
  }

  /// Compares the student with its exported form, writes that, and says where it is.
  ///
  /// - Parameters:
  ///   - path: Of the file; nil for one beside the student.
  ///   - sources: Files that are not to be written over.
  ///   - hasCard: Whether a model card in Markdown goes beside it.
  /// - Throws: One sentence when the answers differ; nothing is then written.
  package func write(
    _ form: ExportForm,
    to path: String?,
    reading sources: [String?],
    withCard hasCard: Bool,
    _ work: Work
  ) throws {
    let url =
      path.map { URL(fileURLWithPath: $0) }
      ?? file.deletingLastPathComponent().appendingPathComponent(form.fileName)
    // With the whole name, so that every form has a card of its own.
    let card = url.appendingPathExtension("md")
    let files = form.files(at: url) + (hasCard ? [card] : [])
    try StudentGraph.requireApart(files)
    let others = ([self.file] + siblings).map(\.path)
    for file in files {
      try requireResultPlace(file.path, from: others + sources)
      // A folder may be another's: only a file that the user names is written through a link.
      if path == nil || file != url { try RunFolder.requirePlain(file) }
    }
    if let remark { work.note(remark) }
    let parity = try graph.write(form, to: url, expecting: expected, of: inputs)
    work.note("\(parity)")
    work.note("the student is in \(url.path)")
    guard hasCard else { return }
    try writeResult(graph.modelCard(url.lastPathComponent, parity), to: card.path)
    work.note("its card is \(card.path)")
  }
}
