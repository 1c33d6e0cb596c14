import Distill
import Foundation

extension PredictiveRun {
  /// Measures the student, prints and writes the certificate and the report.
  func certify(
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ seen: SeenDraws,
    _ data: PredictiveData?,
    _ diagnosis: DrawDiagnosis,
    _ sampling: BuiltInSampling?
  ) throws {
    console.say("comparing the student with its draws")
    let bag = try seen.bag.map(problem.change)
    var (certificate, charts): (PredictiveCertificate, [any Chart])
    if options.model.isDensity {
      (certificate, charts) = try DensityCertifier(run: self, student, problem, bag).certify()
    } else {
      let inputs = try HeldOutInputs(self, problem, data)
      if problem.model.quantity == .probabilities {
        let certifier = ClassCertifier(run: self, student, problem, bag, inputs, sampling)
        (certificate, charts) = try certifier.certify()
      } else if let model = problem.model as? LinearPredictorModel, family != .network {
        let certifier = OutcomeCertifier(run: self, student, problem, model, bag, inputs)
        (certificate, charts) = try certifier.certify()
      } else {
        throw CommandError("a student of means alone cannot be certified: it has no distribution")
      }
    }
    certificate.teacher = diagnosis
    try folder.write(prettyJSON(certificate), to: Self.certificate)
    let text =
      ([certificate.table.text(width: 110)] + certificate.lines + ["", certificate.lesson])
      .joined(separator: "\n")
    console.show("\n" + text + "\n", certificate)
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
    console.say("the report is \(folder.file(RunFolder.report).path)")
  }
}

private func prettyJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf",
    negativeInfinity: "-inf",
    nan: "nan"
  )
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

/// The forms' distances as bars.
func divergenceChart(_ forms: [PredictiveCertificate.Form]) -> BarChart {
  BarChart(
    title: "How far each compact form is from the draws",
    y: Axis("KL from the Monte Carlo predictive, nats"),
    bars: forms.compactMap { form in form.divergence.map { .init(form.name, $0) } }
  )
}
