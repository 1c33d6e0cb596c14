import Mathematics

/// The certificate on paper.
extension Certificate {
  /// What was found, in a sentence.
  public var summary: String {
    let gains = rule.primary.map { measure in
      "\(measure.name) \(clean.difference(measure).estimate)"
    }
    let size = Double(teacherCost.parameters) / Double(max(studentCost.parameters, 1))
    let teacher =
      teacherIsAnswersAlone
      ? "by a teacher of which only its answers are known"
      : "by a teacher of \(Uncertain.short(size)) times its parameters"
    return """
      \(subject), taught \(teacher), against the same network trained on labels with the same budget, \
      \(provenance.seeds.count) seeds each, on \
      \(Self.grouped(clean.examples)) test examples: student − control in \
      \(gains.joined(separator: ", in ")).
      """
  }

  /// A page that needs nothing else.
  public var page: Report {
    var page = Report(title: "Certificate of \(subject)")
    page.add(.callout(verdict.description, summary))
    if let note = decidingNote { page.add(.paragraph("What would decide: \(note).")) }
    page.add(.paragraph(rule.text))
    if let choice { page.add(.paragraph(choice + ".")) }
    addMeasures(to: &page)
    addClasses(to: &page)
    addShifts(to: &page)
    if let cascade {
      page.add(.heading("With its teacher where it is not sure"))
      page.add(.paragraph("The cascade \(cascade.summary)."))
      page.add(.table(cascade.table))
      page.add(.paragraph(cascade.note))
    }
    page.add(.heading("What it costs"))
    page.add(.table(costTable))
    page.add(.paragraph(costNote))
    addProvenance(to: &page)
    return page
  }

  private func addMeasures(to page: inout Report) {
    page.add(.heading("On clean inputs"))
    page.add(.table(modelTable))
    page.add(
      .paragraph(
        """
        Means over \(provenance.seeds.count) seeds and \(Self.grouped(clean.examples)) examples; \
        after ± stand two standard errors, over other seeds and other examples together. \
        Log-probability and KL are in nats. Brier score, calibration error and KL are better when \
        smaller.
        """
      )
    )
    page.add(.table(differenceTable))
    page.add(.table(seedTable))
    page.add(
      .paragraph(
        """
        Primary measures, marked *, were corrected for \(primaryComparisons) comparisons; all \
        others, here and under shifts, together for \(otherComparisons).
        """
      )
    )
    page.add(.charts([differenceChart, reliabilityDiagram]))
  }

  private func addShifts(to page: inout Report) {
    guard !shifted.isEmpty else { return }
    page.add(.heading("On shifted inputs"))
    page.add(.charts(severityCharts([.accuracy, .logProbability])))
    page.add(.charts(rule.primary.map(shiftChart)))
    page.add(.table(shiftTable))
    page.add(
      .paragraph(
        """
        Noise is normal, its standard deviation in those of the inputs; blur is Gaussian, in pixels; \
        rotations are to the left or right at random. Student, control and teacher see the same \
        shifted inputs (seed \(provenance.shiftSeed)).
        """
      )
    )
  }

  private var costNote: String {
    let latencies = studentCost.latencies.map {
      "batch \($0.batch): \($0.repetitions) after \($0.warmUp) to warm up"
    }
    return """
      Latency is of whole evaluations, one after another, results in hand (\
      \(latencies.joined(separator: "; "))); p50 and p99 are the times that 50 and 99 of 100 do not \
      exceed. Memory is what the resident memory of the program grew by during one evaluation of \
      the largest batch: work that fits in memory at hand adds nothing.
      """
        + (teacherIsAnswersAlone
          ? " Of the teacher only its answers are known: its times are those of asking for them or "
            + "looking them up, and say nothing of what computes them." : "")
  }

  private func addProvenance(to page: inout Report) {
    page.add(.heading("How it was made"))
    func short(_ contents: [Provenance.Content]) -> String {
      contents.map { "\($0.name) \($0.sha256)" }.joined(separator: ", ")
    }
    page.add(
      .facts(
        [
          ("student learnt by", studentLoss),
          ("control learnt by", controlLoss),
          ("seeds", provenance.seeds.map(String.init).joined(separator: ", ")),
          ("data (SHA-256)", short(provenance.data)),
          ("teacher (SHA-256)", short(provenance.teacher)),
          ("recipe (SHA-256)", provenance.recipeSHA256),
          ("program (SHA-256)", "\(provenance.version), \(short([provenance.program]))"),
        ] + provenance.machine.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [
          ("made", provenance.date)
        ]
      )
    )
    page.add(.paragraph("To do it all again, and see whether the numbers stand:"))
    page.add(.code("distill replay certificate.json"))
    page.add(.heading("Recipe"))
    page.add(.code(provenance.recipe))
  }
}
