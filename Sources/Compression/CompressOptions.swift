import Exchange
import Foundation
import ModelFiles

/// What a compression is asked to do: a teacher, data and a student, and how the student is trained.
/// Nil is picked as the command `distill compress` picks it, and said.
///
/// ```swift
/// var options = CompressOptions(
///   teacher: ["model.pt2"], data: DataSource("photos"), student: "cnn:8c3b-m2-16c3b-m2-10")
/// options.trainsControl = true
/// ```
public struct CompressOptions: Codable, Equatable {
  /// Weights (`.safetensors`, `.pt`), whole models (`.pt2`, `.onnx`), several of either as an ensemble,
  /// or the folder of a run.
  public var teacher: [String]
  /// A file of answers instead of a teacher, `FILE` or `FILE:ARRAY`.
  public var teacherValues: String?
  /// A program that is asked instead, such as `python3 teacher.py`.
  public var teacherCommand: String?
  /// How it is asked.
  package var teacherProgram = ProgramTeacher.Settings()
  /// The network that weights are of, such as `mlp:784-500-300-10`.
  public var teacherModel: String?
  /// Which of several outputs of whole models teaches, by its name.
  public var output: String?
  /// Other names for what is in files of weights, `OLD=NEW`.
  public var renames: [String] = []
  /// The share of examples that the teacher must get right, as it was written: its digits say how
  /// exactly it is known.
  public var teacherAccuracy: String?
  public var data: DataSource
  /// Further inputs, without labels, that the student learns from too; the control does not.
  public var transfer: String?
  /// Whether the targets are real numbers, not classes.
  public var areReals = false
  /// What models say of an example; nil for classes, or real numbers where ``areReals``.
  public var task: CompressionTask?
  /// What classes, or labels that are there, count for in terms on labels: `balanced`, numbers in their
  /// order, or a file with a line `NAME,WEIGHT` for each; nil for all alike.
  public var classWeights: String?
  /// How inputs are scaled: `none`, `bytes`, `standard`, or pairs of mean and deviation.
  public var normalize: String?
  /// The share of the training examples that choices are made by, from 0 to below 1.
  public var validation: Double?
  /// The share of the examples that are kept for the test where there are no others.
  public var testShare: Double?
  /// The most training examples.
  public var limit: Int?
  /// The network, such as `mlp:784-50-30-10` or `cnn:8c3b-m2-16c3b-m2-10`, a `.yaml` file, or an exported
  /// network (`.pt2`, `.onnx`).
  ///
  /// Where it is ``fit``ted to a budget the kinds to look among, such as `mlp,cnn`; empty for all that suit
  /// the inputs.
  public var student: String
  /// What the student must be worth and may cost, which one is then looked for; nil where it is named.
  public var fit: FitBudget?
  /// Weights that student and control begin with; nil for those that the seed draws.
  public var studentWeights: String?
  /// As losses are written, such as `softCrossEntropy(temperature: 4)`.
  public var loss: String?
  /// Of each training.
  public var budget: Budget?
  /// Random changes of the images that are trained on, such as `shift(2) flip`.
  public var augment: String?
  /// Examples in a step.
  public var batchSize: Int?
  /// Whether a last batch that is not full is left out.
  public var dropsLast = false
  public var optimizer: OptimizerPlan.Name?
  /// Of the first step.
  public var learningRate: Double?
  public var decay: OptimizerPlan.Decay?
  public var optimizerSettings = OptimizerSettings()
  /// How much work a search for learning rate, temperature and weight of derivatives may take; nil does
  /// not search.
  public var search: Budget?
  /// Which weights count.
  public var keep: TrainingPlan.Keep?
  /// End a training after so many of its about 40 looks at the validation examples that were not the
  /// best.
  public var patience: Int?
  /// The threads that a training step may use; nil for those of the whole run.
  public var trainingThreads: Int?
  /// Parts that each batch is computed in, which ranks may share; nil for batches as a whole.
  public var microShards: Int?
  /// Whether the threads are to be chosen by trying.
  package var choosesThreads = false
  /// Whether the same network is trained on the labels too, with the same budget.
  public var trainsControl = false
  /// How many students and controls, with seeds of their own, the certificate at the end is of; nil
  /// for none. Costs as many trainings of both.
  public var certifiedSeeds: Int?
  /// The folder where runs share what teachers say.
  public var observed: String?
  /// Where all random numbers start from.
  public var seed: UInt64 = 1
  package var out: String?
  package var resume: ResumedRun?

  /// What a recipe says; its seed stands beside.
  private enum CodingKeys: CodingKey {
    case teacher, teacherValues, teacherCommand, teacherProgram, teacherModel, renames
    case output, transfer, augment, task, classWeights
    case teacherAccuracy, data, areReals, normalize, validation, testShare, limit, student, fit,
      loss
    case studentWeights
    case budget, batchSize, dropsLast, optimizer, learningRate, decay, optimizerSettings, search
    case keep, patience, trainingThreads, choosesThreads, trainsControl, certifiedSeeds, observed
    case microShards, out, resume
  }

  /// Nothing yet: neither teacher nor data nor student.
  public init() { self.init(teacher: []) }

  public init(teacher: [String] = [], data: DataSource = DataSource(""), student: String = "") {
    (self.teacher, self.data, self.student) = (teacher, data, student)
  }

  /// The arguments that ask for the same result again.
  package var arguments: [String] {
    var list = teacher.isEmpty ? [] : ["--teacher"] + teacher
    func add(_ name: String, _ value: Any?) {
      if let value { list += ["--\(name)", "\(value)"] }
    }
    add("teacher-values", teacherValues)
    add("teacher-command", teacherCommand)
    let usual = ProgramTeacher.Settings()
    func addUnusual<Value: Equatable>(
      _ name: String,
      _ key: KeyPath<ProgramTeacher.Settings, Value>
    ) {
      if teacherProgram[keyPath: key] != usual[keyPath: key] {
        add(name, teacherProgram[keyPath: key])
      }
    }
    addUnusual("teacher-workers", \.workers)
    addUnusual("teacher-batch", \.batchSize)
    addUnusual("teacher-timeout", \.timeout)
    add("teacher-model", teacherModel)
    add("teacher-output", output)
    for renaming in renames { add("rename", renaming) }
    add("teacher-accuracy", teacherAccuracy)
    add("data", data.path)
    add("transfer", transfer)
    if askedTask != .classes { add("task", askedTask.rawValue) }
    add("labels", data.targets == TargetKind.none ? "none" : data.labels)
    add("ignore", data.ignored?.joined(separator: ","))
    add("inputs", data.inputs?.joined(separator: ","))
    add("images", data.images)
    add("test", data.testPath)
    add("test-labels", data.testLabels)
    add("image-size", data.imageSize.map { "\($0[0])x\($0[1])" })
    add("color", data.color?.rawValue)
    add("header", data.header.map { $0 ? "yes" : "no" })
    add("classes", data.classes?.joined(separator: ","))
    if data.streams == true { list.append("--stream") }
    add("normalize", normalize)
    add("validation", validation)
    add("test-share", testShare)
    add("limit", limit)
    if !student.isEmpty { add("student", student) }
    add("fit", fit)
    add("student-weights", studentWeights)
    add("loss", loss)
    if let budget { add(budget.unit.rawValue, budget.amountText) }
    add("augment", augment)
    add("batch", batchSize)
    if dropsLast { list.append("--drop-last") }
    add("optimizer", optimizer?.rawValue)
    add("learning-rate", learningRate)
    add("decay", decay?.rawValue)
    for (name, value) in optimizerSettings.arguments { add(name, value) }
    add("search", search)
    add("keep", keep?.rawValue)
    add("patience", patience)
    add("training-threads", trainingThreads)
    add("micro-shards", microShards)
    if trainsControl { list.append("--control") }
    add("class-weights", classWeights)
    add("certify", certifiedSeeds)
    add("observed", observed)
    add("seed", seed)
    return list
  }

  /// The same with budgets in the steps that minutes were turned into: the next machine, or the next
  /// hour, would make others of them.
  package func repeated(by plan: CompressionPlan) -> CompressOptions {
    var options = self
    if budget?.unit == .minutes { options.budget = Budget(Double(plan.training.steps), .steps) }
    if let steps = plan.search?.steps, search?.unit == .minutes {
      options.search = Budget(Double(steps), .steps)
    }
    options.trainingThreads = plan.training.threads
    return options
  }
}

/// How much work there is to be: steps, passes over the examples, or minutes.
public struct Budget: Codable, Equatable, LosslessStringConvertible, Sendable {
  public enum Unit: String, Codable, CaseIterable, Sendable {
    case steps, epochs, minutes
  }

  public var amount: Double
  public var unit: Unit

  /// `5000`, `5000steps`, `10epochs`, `2.5min`; nil when the text is none of them, or not positive.
  public init?(_ text: String) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let word = text.dropFirst(number.count).trimmingPrefix(while: \.isWhitespace)
    guard let amount = Double(number), amount > 0, amount.isFinite else { return nil }
    switch word {
    case "", "step", "steps": unit = .steps
    case "epoch", "epochs": unit = .epochs
    case "min", "minute", "minutes": unit = .minutes
    default: return nil
    }
    let most = unit == .steps ? Double(mostSteps) : 1e6
    guard unit != .steps || amount == amount.rounded(), amount <= most else { return nil }
    self.amount = amount
  }

  public init(_ amount: Double, _ unit: Unit) { (self.amount, self.unit) = (amount, unit) }

  package var amountText: String {
    amount == amount.rounded() ? "\(Int(amount))" : "\(amount)"
  }

  public var description: String { amountText + unit.rawValue }

  /// The steps it makes.
  ///
  /// - Parameter rate: Steps in a second, asked for where minutes are turned into steps.
  package func steps(perEpoch: Int, rate: () throws -> Double) rethrows -> Int {
    let exact: Double =
      switch unit {
      case .steps: amount
      case .epochs: amount * Double(perEpoch)
      case .minutes: try amount * 60 * rate()
      }
    return max(1, Int(min(exact, 1e12).rounded()))
  }
}
