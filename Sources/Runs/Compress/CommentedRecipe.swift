import Distill
import Foundation

/// A recipe for `distill run` in which every choice stands with a comment that says what else there is.
///
/// What is not said is chosen as `distill compress` chooses it, by looking at the data and the teacher,
/// so that the recipe runs as it is.
package struct CommentedRecipe {
  package let text: String

  /// - Parameter options: A teacher, data, and maybe more; without a student a small one of the usual
  ///   kind for the inputs.
  /// - Throws: One sentence where teacher and data do not belong together.
  package init(_ options: CompressOptions, on device: Device, _ work: Work) throws {
    var options = options
    if options.student.isEmpty { options.student = try Self.usualStudent(options) }
    let plan = try CompressionPreparation(options: options, device: device, work: work)
      .training().plan
    self.init(options, plan)
  }

  /// The kind of network that suits the inputs: a perceptron for tables, a convolutional one for images.
  private static func usualStudent(_ options: CompressOptions) throws -> String {
    var data = options.data
    if try data.isLargerThanMemory { data.streams = true }
    return try LabelledSource(data).training.shape.count == 1 ? "mlp" : "cnn"
  }

  private init(_ options: CompressOptions, _ plan: CompressionPlan) {
    var lines = [
      "# Distils a teacher into a student. Run it with: distill run FILE", "experiment: compress",
      "# Where all random numbers start from.", "seed: \(options.seed)", "",
    ]
    func add(_ comment: String, _ pairs: [(String, (any Encodable)?)]) {
      lines += comment.split(separator: "\n").map { "# \($0)" }
      for (key, value) in pairs {
        guard let value else { continue }
        lines.append(Self.line(key, value))
      }
      lines.append("")
    }
    let training = plan.training
    let budget = options.budget ?? Budget(Double(training.steps), .steps)
    add(
      "Whose behaviour is learnt: weights, whole models (.pt2, .onnx), trees, or the folder of a run.",
      [
        ("teacher", options.teacher.isEmpty ? nil : options.teacher),
        ("teacherValues", options.teacherValues), ("teacherCommand", options.teacherCommand),
        ("teacherModel", plan.teacher.model.map { "\($0)" }),
      ]
    )
    var data = options.data
    data.firstLabel = plan.data.source.firstLabel
    if plan.data.shape.count == 1 { data.imageReading = nil }
    add("The examples: \(Self.describe(plan.data)).", [("data", data)])
    add(
      "How inputs are scaled: none, bytes (/ 255), standard (zero mean and unit variance), or pairs.",
      [("normalize", options.normalize ?? Self.scaling(plan.data))]
    )
    add(
      "Shares of the examples to choose by, and for the test where none come with the data.",
      [
        ("validation", plan.data.split.validation), ("testShare", plan.data.split.test),
        ("limit", options.limit),
      ]
    )
    add(
      "The student; distill architectures lists what can be written.",
      [("student", plan.studentFile == nil ? "\(plan.student)" : options.student)]
    )
    add("What it is penalised for; distill losses lists all.", [("loss", plan.loss)])
    add(
      "How long, and by what: steps, epochs or minutes; adam, adamW, sgd, adaDelta or rmsProp;\n"
        + "the learning rate stays constant, or falls linear or cosine.",
      [
        ("budget", "{amount: \(budget.amountText), unit: \(budget.unit.rawValue)}"),
        ("batchSize", training.batchSize), ("optimizer", training.optimizer.name.rawValue),
        ("learningRate", training.optimizer.learningRate),
        ("decay", training.optimizer.decay.rawValue),
        ("keep", (training.keep ?? .last).rawValue),
      ]
    )
    let hasControl = plan.data.isLabelled
    add(
      hasControl
        ? "The same network on the labels alone, with the same budget: what the teacher is worth."
        : "There are no labels, and so no control.",
      [("trainsControl", hasControl)]
    )
    lines += [
      "# A certificate at the end, over so many seeds of both:", "# certifiedSeeds: 5",
      "# Work that is spent on learning rate, temperature and weights first:",
      "# search: {amount: 5, unit: minutes}",
    ]
    text = lines.joined(separator: "\n") + "\n"
  }

  /// A key with its value, quoted where YAML needs it.
  private static func line(_ key: String, _ value: any Encodable) -> String {
    // Numbers as people write them, and what is YAML already.
    if value is Double || key == "budget" { return "\(key): \(value)" }
    func encoded(_ value: some Encodable) -> String { (try? YAMLText.encode([key: value])) ?? "" }
    return encoded(value).trimmingCharacters(in: .newlines)
  }

  private static func describe(_ data: DataPlan) -> String {
    let shape = data.shape.map(String.init).joined(separator: " × ")
    guard data.isLabelled else { return "inputs of \(shape) without labels" }
    guard data.task == .classes else {
      return "inputs of \(shape) with \(data.task == .labels ? "labels" : "real numbers")"
    }
    let names =
      data.classes.prefix(5).joined(separator: ", ") + (data.classes.count > 5 ? ", …" : "")
    return "inputs of \(shape) of \(data.classes.count) classes (\(names.printable))"
  }

  /// The text that asks for a scaling that was chosen.
  private static func scaling(_ data: DataPlan) -> String? {
    guard data.scaling.mean.isEmpty else { return "standard" }
    return data.source.divisor == 255 ? "bytes" : "none"
  }
}
