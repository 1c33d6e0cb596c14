import Distill
import Foundation

extension PredictiveRun {
  /// Measures the student, prints and writes the certificate and the report.
  package func certify(_ trained: PredictiveTask.Trained, _ diagnosis: DrawDiagnosis) throws {
    work.note("comparing the student with its draws")
    let (evidence, charts) = try task.certificate(of: trained, diagnosis)
    let certificate = try run.certify(evidence, of: task.plan)
    for doubt in certificate.doubts ?? [] { work.warn(doubt) }
    work.show("\n" + certificate.text(withWarnings: false), certificate)
    var report = Report(
      title: "A compact predictive of \(task.plan.model.rawValue)",
      sections: [.paragraph(certificate.lesson), .table(certificate.table)]
    )
    if !certificate.lines.isEmpty {
      report.add(.paragraph(certificate.lines.joined(separator: "; ") + "."))
    }
    for chart in charts { report.add(.chart(chart)) }
    report.add(.heading("The student"))
    report.add(.code("\(trained.student)"))
    report.add(
      .paragraph(
        """
        KL is that of the form from the mean prediction of all draws, in nats, with two standard \
        errors. Everything needed to repeat the run is in recipe.yaml beside this page.
        """
      )
    )
    try folder.write(report.html, to: RunFolder.report)
    work.note("the report is \(folder.file(RunFolder.report).path)")
  }
}
