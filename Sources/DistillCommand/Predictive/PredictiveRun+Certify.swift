import Distill
import Foundation

extension PredictiveRun {
  /// Measures the student, prints and writes the certificate and the report.
  func certify(
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ seen: SeenDraws,
    _ diagnosis: DrawDiagnosis
  ) throws {
    work.note("comparing the student with its draws")
    let bag = try seen.bag.map(problem.change)
    var (certificate, charts): (PredictiveCertificate, [any Chart])
    if let inputs = prepared.compared {
      if let model = problem.model as? LinearPredictorModel, model.quantity == .means {
        let certifier = OutcomeCertifier(run: self, student, problem, model, bag, inputs)
        (certificate, charts) = try certifier.certify()
      } else if problem.model is TabulatedOutcomes {
        (certificate, charts) =
          try DrawnOutcomeCertifier(student, problem, bag, inputs).certify()
      } else {
        let certifier =
          ClassCertifier(run: self, student, problem, bag, inputs, prepared.sampling)
        (certificate, charts) = try certifier.certify()
      }
    } else {
      (certificate, charts) = try DensityCertifier(run: self, student, problem, bag).certify()
    }
    certificate.teacher = diagnosis
    certificate.nameOptions(of: options.model)
    try folder.write(prettyJson(certificate), to: Self.certificate)
    for doubt in certificate.doubts ?? [] { work.warn(doubt) }
    let text =
      ([certificate.table.text(width: 110)] + certificate.lines + ["", certificate.lesson])
      .joined(separator: "\n")
    work.show("\n" + text + "\n", certificate)
    var report = Report(
      title: "A compact predictive of \(options.model.rawValue)",
      sections: [.paragraph(certificate.lesson), .table(certificate.table)]
    )
    if !certificate.lines.isEmpty {
      report.add(.paragraph(certificate.lines.joined(separator: "; ") + "."))
    }
    for chart in charts { report.add(.chart(chart)) }
    report.add(.heading("The student"))
    report.add(.code("\(student)"))
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

/// The forms' distances as bars.
func divergenceChart(_ forms: [PredictiveCertificate.Form]) -> BarChart {
  BarChart(
    title: "How far each compact form is from the draws",
    y: Axis("KL from the Monte Carlo predictive, nats"),
    bars: forms.compactMap { form in form.divergence.map { .init(form.name, $0) } }
  )
}
