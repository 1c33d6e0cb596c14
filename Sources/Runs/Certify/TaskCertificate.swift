import Compression
import Distill
import Foundation

/// What a certificate says of a compression whose students give labels that do not exclude each other, or
/// vectors: every measure of the teacher, and of students and controls over seeds and test examples.
package struct TaskCertificate: CertificateEvidence {
  package static let application = "compress"
  package static let times: Set<String> = []
  /// The run's own networks are those of its first seed, and have other notes than what a replay writes.
  package static let repeatsFiles = false

  /// A measure of all models.
  package struct Value: Codable {
    package let name: String
    /// Nil of what compares with the teacher.
    package let teacher: Estimate?
    package let student: SeededEstimate
    package let control: SeededEstimate?
    /// The student's less the control's of the same seed, unit by unit.
    package let gain: SeededEstimate?
  }

  package var application: String? = Self.application
  package let task: CompressionTask
  package let subject: String
  package let studentLoss: String
  /// Nil where there is nothing to train a control on.
  package let controlLoss: String?
  package let examples: Int
  package let outputs: [String]
  package let parameters: Parameters
  /// A difference of the measure that would not matter.
  package let margin: Double
  package let values: [Value]
  /// The measure that the word is about, and the word; nil where there is no control.
  package let measure: String
  package let word: Verdict?
  package var provenance: Provenance?
  package var seal: String?

  package struct Parameters: Codable {
    package let teacher: Int
    package let student: Int
  }

  /// - Parameters:
  ///   - taught: What is measured of the teacher.
  ///   - students, controls: The same of each seed; no controls where nothing belongs to the examples.
  init(
    _ run: CertifiableCompression,
    _ taught: [TaskMeasure],
    students: [[TaskMeasure]],
    controls: [[TaskMeasure]],
    parameters: Parameters,
    margin: Double
  ) {
    let plan = run.training.plan
    (task, subject, studentLoss) = (plan.data.task, run.subject, run.studentLoss)
    controlLoss = controls.isEmpty ? nil : run.controlLoss
    (examples, outputs) = (run.test.count, plan.data.classes)
    (self.parameters, self.margin) = (parameters, margin)
    func stacked(_ models: [[TaskMeasure]], _ place: Int) -> Tensor {
      .stacked(models.map { $0[place].values })
    }
    values = students[0].indices.map { place in
      let name = students[0][place].name
      let own = stacked(students, place)
      let others = controls.isEmpty ? nil : stacked(controls, place)
      return Value(
        name: name,
        teacher: taught.first { $0.name == name }.map { Estimate(of: $0.values) },
        student: SeededEstimate(of: own),
        control: others.map { SeededEstimate(of: $0) },
        gain: others.map { SeededEstimate(of: own - $0) }
      )
    }
    let measure = plan.data.task.certified
    self.measure = measure
    word = values.first { $0.name == measure }?.gain.map { gain in
      Verdict(level: 0.95, margin: margin) { gain.interval(level: $0) }
    }
  }

  private var certified: Value? { values.first { $0.name == measure } }

  /// What it says, in a sentence or two.
  package var lesson: String {
    guard let certified else { return "" }
    let seeds = certified.student.seedMeans.count
    func text(_ interval: ClosedRange<Double>, signed: Bool = false) -> String {
      let interval = signed ? interval : interval.clamped(to: task.certifiedRange)
      return String(
        format: signed ? "%+.4f to %+.4f" : "%.4f to %.4f",
        interval.lowerBound,
        interval.upperBound
      )
    }
    var sentence =
      "\(subject), trained with \(seeds) seeds, has a \(measure) of "
      + String(format: "%.4f", certified.student.mean)
      + " (95%: \(text(certified.student.interval())))"
    if let teacher = certified.teacher {
      sentence += String(format: ", the teacher %.4f", teacher.mean)
    }
    guard let word, let gain = certified.gain else { return sentence + "." }
    return "\(word): \(sentence); it differs by " + String(format: "%+.4f", gain.mean)
      + " from the same network trained on the labels (95%: \(text(gain.interval(), signed: true)); "
      + String(format: "a difference of %.3g would not matter).", margin)
  }

  /// Every measure of all models.
  package var table: TextTable {
    func text(_ estimate: SeededEstimate?) -> String { estimate.map { "\($0)" } ?? "–" }
    var columns = ["on \(grouped(examples)) test examples", "student"]
    let hasControl = controlLoss != nil
    if hasControl { columns += ["control", "student − control"] }
    let hasTeacher = values.contains { $0.teacher != nil }
    if hasTeacher { columns.append("teacher") }
    var table = TextTable(columns: columns)
    for value in values {
      var cells = [value.name, text(value.student)]
      if hasControl { cells += [text(value.control), text(value.gain)] }
      if hasTeacher {
        cells.append(
          value.teacher.map { Uncertain.text($0.mean, plusMinus: 2 * $0.standardError) } ?? "–"
        )
      }
      table.append(cells)
    }
    return table
  }

  package var text: String {
    lesson + "\n\n" + table.text(width: 100)
      + "\nAfter ± stand two standard errors over seeds and examples together.\n"
  }

  /// For people, in a browser.
  package var page: Report {
    var page = Report(title: "Certificate of \(subject)")
    page.add(.paragraph(lesson))
    page.add(.table(table))
    page.add(.paragraph("After ± stand two standard errors over seeds and examples together."))
    var facts: [(name: String, value: String)] = [
      ("student's loss", studentLoss), ("parameters of the student", grouped(parameters.student)),
      ("parameters of the teacher", grouped(parameters.teacher)),
      (
        task.outputs,
        outputs.prefix(20).joined(separator: ", ") + (outputs.count > 20 ? ", …" : "")
      ),
    ]
    if let controlLoss { facts.insert(("control's loss", controlLoss), at: 1) }
    if let provenance { facts.append(("made", provenance.date)) }
    page.add(.heading("How it was made"))
    page.add(.facts(facts))
    page.add(
      .paragraph("distill replay certificate.json does all of it again and compares every number.")
    )
    return page
  }
}
