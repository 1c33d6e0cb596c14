import Runs

extension GenerativeWidths: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // The widest of the first recipe and loss before all others.
    cases.enumerated().sorted { ($1.element.width, $0.offset) < ($0.element.width, $1.offset) }
      .map { OfferedStudent(modelIn: $0.element.file, lesson: $0.element.name) }
  }
}
