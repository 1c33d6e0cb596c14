import Distill
import Runs

extension Run {
  /// Writes the tables and the page of an experiment with evidence of its own into its folder, and shows
  /// them.
  ///
  /// - Parameter networks: What its networks are, for people.
  func publish(
    _ evidence: some Encodable,
    _ tables: String,
    _ page: Report,
    with networks: String
  ) throws {
    try folder.write(tables, to: RunFolder.table)
    try folder.write(page.html, to: RunFolder.report)
    work.show("\n" + tables, evidence)
    work.note("\(networks), certificate and report are in \(folder.url.path)")
  }
}
