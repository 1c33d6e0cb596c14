import Distillation
import Exchange
import Foundation
import Mathematics
import Networks
import Reporting
import Tensors

/// How a model does that gives labels, or vectors, on examples that served for nothing else.
package struct TaskScore: Encodable {
  package struct Value {
    package let name: String
    fileprivate let key: String
    package let estimate: Estimate
    /// Less the control's, unit by unit; nil for the control itself and the teacher.
    package let gain: Estimate?
  }

  package let name: String
  package let values: [Value]
  package let parameters: Int
  package let bytes: Int
  package let microsecondsPerExample: Double

  package subscript(_ name: String) -> Value? { values.first { $0.name == name } }

  init(
    _ name: String,
    _ networks: [any Module],
    _ measures: [TaskMeasure],
    control: [TaskMeasure] = [],
    _ training: CompressionTraining
  ) throws {
    self.name = name
    values = measures.map { own in
      let other = control.first { $0.name == own.name }
      return Value(
        name: own.name,
        key: own.key,
        estimate: Estimate(of: own.values),
        gain: other.map { PairedComparison(own.values, $0.values).difference }
      )
    }
    parameters = networks.reduce(0) { $0 + $1.parameterCount }
    bytes = networks.reduce(0) { $0 + $1.byteCount }
    let meaning = training.plan.data.meaning
    let ensemble = Ensemble(networks.map { knownTeacher(of: $0, as: meaning) })
    microsecondsPerExample =
      areLookedUp(networks) ? 0 : try microseconds(of: ensemble, training.data.test)
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Each measure has a key of its own.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: Key(stringValue: "name"))
    for value in values {
      try container.encode(value.estimate, forKey: Key(stringValue: value.key))
      try container.encodeIfPresent(value.gain, forKey: Key(stringValue: value.key + "Gain"))
    }
    try container.encode(parameters, forKey: Key(stringValue: "parameters"))
    try container.encode(bytes, forKey: Key(stringValue: "bytes"))
    let time = Key(stringValue: "microsecondsPerExample")
    try container.encode(microsecondsPerExample, forKey: time)
  }

  /// The scores as one table.
  static func table(_ title: String, _ scores: [TaskScore]) -> TextTable {
    var table = TextTable(columns: [title] + scores.map(\.name))
    func add(_ name: String, _ text: (TaskScore) -> String?) {
      let texts = scores.map { text($0) ?? "–" }
      if texts.contains(where: { $0 != "–" }) { table.append([name] + texts) }
    }
    // The teacher has fewer than the student.
    let names = scores[0].values.map(\.name)
    for name in names { add(name) { $0[name].map { ModelScore.plusMinus($0.estimate) } } }
    for name in names {
      add("gain, \(name)") { $0[name]?.gain.map { ModelScore.plusMinus($0) } }
    }
    add("parameters") { ModelScore.size($0.parameters) }
    add("bytes") { ModelScore.size($0.bytes) }
    add("µs per example") { ModelScore.time($0.microsecondsPerExample) }
    return table
  }
}

/// Teacher, student and control that give labels, or vectors, on the same test examples.
package struct TaskResults: CompressionOutcome {
  package let scores: [TaskScore]
  package let warnings: [String]
  package var warning: String? { nil }
  private let task: CompressionTask
  private let taught: Tensor
  private let learnt: Tensor
  /// Of each label how often student and teacher decide alike, and the F1 of both.
  private let labels: TextTable?

  package init(
    _ training: CompressionTraining,
    student: any Module,
    control: (any Module)?
  ) throws {
    let task = training.plan.data.task
    self.task = task
    let (test, targets) = (training.data.test, training.data.targets?.test)
    let taught = try training.values(of: training.teacher, on: test)
    let learnt = try training.values(of: student, on: test)
    (self.taught, self.learnt) = (taught, learnt)
    let controlled = try control.map { try training.values(of: $0, on: test) }
    let measured = controlled.map { task.measures($0, teacher: taught, targets: targets) } ?? []
    let count = training.teacherNetworks.count
    var scores = [
      try TaskScore(
        "student",
        [student],
        task.measures(learnt, teacher: taught, targets: targets),
        control: measured,
        training
      )
    ]
    if let control { scores.append(try TaskScore("control", [control], measured, training)) }
    scores.append(
      try TaskScore(
        count == 1 ? "teacher" : "teacher, ensemble of \(count)",
        training.teacherNetworks,
        task.measures(taught, teacher: nil, targets: targets),
        training
      )
    )
    self.scores = scores
    let own = LabelPredictions(logits: learnt, labels: targets)
    let other = LabelPredictions(logits: taught, labels: targets)
    labels =
      task == .labels ? Self.labelTable(own, other, training.data.classes) : nil
    warnings = task == .labels ? Self.warnings(other, training.data.classes) : []
  }

  private static func labelTable(
    _ student: LabelPredictions,
    _ teacher: LabelPredictions,
    _ names: [String]
  ) -> TextTable {
    let agreements = student.agreementByLabel(with: teacher)
    let (own, taught) = (student.f1ByLabel, teacher.f1ByLabel)
    var table = TextTable(
      columns: ["label", "agreement"] + (own == nil ? [] : ["F1, student", "F1, teacher"])
    )
    func text(_ number: Double) -> String { number.isNaN ? "–" : String(format: "%.3f", number) }
    for (index, name) in names.enumerated() {
      table.append(
        [name, ModelScore.plusMinus(agreements[index])]
          + [own, taught].compactMap { $0.map { text($0[index]) } }
      )
    }
    return table
  }

  /// A teacher that finds less than whoever says that every label is there is not to be believed.
  private static func warnings(_ teacher: LabelPredictions, _ names: [String]) -> [String] {
    guard let labels = teacher.labels, let found = teacher.macroF1 else { return [] }
    let always = LabelPredictions(logits: labels * 0 + 1, labels: labels)
    let (own, blind) = (found.mean().doubleValue, always.macroF1!.mean().doubleValue)
    guard own < blind else { return [] }
    return [
      String(
        format: "the teacher's macro F1 is %.3f, and of whoever says every label %.3f: ",
        own,
        blind
      )
        + "look at the order of the labels (\(names.prefix(5).joined(separator: ", "))), the scaling of the "
        + "inputs (--normalize) and whether it gives logits or probabilities"
    ]
  }

  package var table: TextTable { TaskScore.table("on the test examples", scores) }

  package var lesson: String {
    let student = scores[0]
    func number(_ name: String, _ score: TaskScore) -> String {
      String(format: "%.3f", score[name]?.estimate.mean ?? .nan)
    }
    guard task == .labels else {
      return "The student's vectors have a mean cosine of "
        + "\(number("cosine with the teacher", student)) with the teacher's, and its similarities a rank "
        + "correlation of \(number("rank correlation", student))."
    }
    var text = String(
      format: "The student decides %.1f%% of the labels as the teacher does",
      100 * (student["agreement"]?.estimate.mean ?? .nan)
    )
    if student["macro F1"] != nil {
      text +=
        "; its macro F1 is \(number("macro F1", student)), the teacher's "
        + number("macro F1", scores[scores.count - 1])
      if scores.count == 3 {
        text += " and the control's, trained on the labels, \(number("macro F1", scores[1]))"
      }
    }
    return text + "."
  }

  package var explanation: String {
    switch task {
    case .labels:
      """
      After ± stand two standard errors: of F1 to first order, of average precision by a jackknife over \
      groups of examples. A label is said to be there where its probability is above 0.5. KL is the sum \
      over the labels, in nats. Gains are differences from the control on the same examples.
      """
    case .classes, .regression, .embeddings:
      """
      After ± stand two standard errors. The rank correlation is Spearman's, of an example's similarities \
      (cosines) to \(EmbeddingComparison.most) others at most by both models, the mean over the examples.
      """
    }
  }

  package func differing(_ training: CompressionTraining) throws -> DifferingExamples {
    try DifferingExamples(
      of: CompressionRole.student.rawValue,
      part: "test",
      student: learnt,
      teacher: taught,
      ShownExamples(training.data.test, shape: training.data.shape)
    )
  }

  package func add(
    to report: inout Report,
    _ training: CompressionTraining,
    in folder: RunFolder
  ) throws {
    try CompressionPage.addCurves(to: &report, in: folder)
    guard let labels else { return }
    report.add(.heading("By label, on the test examples"))
    report.add(.table(labels))
  }
}
