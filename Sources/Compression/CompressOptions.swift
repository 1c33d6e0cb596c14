import Exchange
import Foundation

/// What `distill compress` was asked to do.
package struct CompressOptions: Equatable {
  package var teacher: [String] = []
  /// A file of answers instead of a teacher, `FILE` or `FILE:ARRAY`.
  package var teacherValues: String?
  package var teacherModel: String?
  /// As it was written: its digits say how exactly it is known.
  package var teacherAccuracy: String?
  package var data = DataSource("")
  package var normalize: String?
  package var validation: Double?
  package var testShare: Double?
  package var limit: Int?
  package var student = ""
  package var loss: String?
  package var budget: Budget?
  package var batchSize: Int?
  package var dropsLast = false
  package var optimizer: OptimizerPlan.Name?
  package var learningRate: Double?
  package var decay: OptimizerPlan.Decay?
  package var optimizerSettings = OptimizerSettings()
  package var search: Budget?
  package var keep: TrainingPlan.Keep?
  package var patience: Int?
  /// The threads that a training step may use; nil for those of the whole run.
  package var trainingThreads: Int?
  /// Whether they are to be chosen by trying.
  package var choosesThreads = false
  package var trainsControl = false
  package var certifiedSeeds: Int?
  /// The folder where runs share what teachers say.
  package var observed: String?
  package var seed: UInt64 = 1
  package var out: String?
  package var resume: ResumedRun?

  package init(
    teacher: [String] = [],
    teacherValues: String? = nil,
    teacherModel: String? = nil,
    teacherAccuracy: String? = nil,
    data: DataSource = DataSource(""),
    normalize: String? = nil,
    validation: Double? = nil,
    testShare: Double? = nil,
    limit: Int? = nil,
    student: String = "",
    loss: String? = nil,
    budget: Budget? = nil,
    batchSize: Int? = nil,
    dropsLast: Bool = false,
    optimizer: OptimizerPlan.Name? = nil,
    learningRate: Double? = nil,
    decay: OptimizerPlan.Decay? = nil,
    optimizerSettings: OptimizerSettings = OptimizerSettings(),
    search: Budget? = nil,
    keep: TrainingPlan.Keep? = nil,
    patience: Int? = nil,
    trainsControl: Bool = false,
    certifiedSeeds: Int? = nil,
    observed: String? = nil,
    seed: UInt64 = 1,
    out: String? = nil,
    resume: ResumedRun? = nil
  ) {
    self.teacher = teacher
    self.teacherValues = teacherValues
    self.teacherModel = teacherModel
    self.teacherAccuracy = teacherAccuracy
    self.data = data
    self.normalize = normalize
    self.validation = validation
    self.testShare = testShare
    self.limit = limit
    self.student = student
    self.loss = loss
    self.budget = budget
    self.batchSize = batchSize
    self.dropsLast = dropsLast
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.decay = decay
    self.optimizerSettings = optimizerSettings
    self.search = search
    self.keep = keep
    self.patience = patience
    self.trainsControl = trainsControl
    self.certifiedSeeds = certifiedSeeds
    self.observed = observed
    self.seed = seed
    self.out = out
    self.resume = resume
  }

  /// The arguments that ask for the same result again.
  package var arguments: [String] {
    var list = teacher.isEmpty ? [] : ["--teacher"] + teacher
    func add(_ name: String, _ value: Any?) {
      if let value { list += ["--\(name)", "\(value)"] }
    }
    add("teacher-values", teacherValues)
    add("teacher-model", teacherModel)
    add("teacher-accuracy", teacherAccuracy)
    add("data", data.path)
    add("labels", data.labels)
    add("ignore", data.ignored?.joined(separator: ","))
    add("inputs", data.inputs?.joined(separator: ","))
    add("images", data.images)
    add("test", data.testPath)
    add("test-labels", data.testLabels)
    add("image-size", data.imageSize.map { "\($0[0])x\($0[1])" })
    add("color", data.color?.rawValue)
    add("header", data.header.map { $0 ? "yes" : "no" })
    add("classes", data.classes?.joined(separator: ","))
    add("normalize", normalize)
    add("validation", validation)
    add("test-share", testShare)
    add("limit", limit)
    add("student", student)
    add("loss", loss)
    if let budget { add(budget.unit.rawValue, budget.amountText) }
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
    if trainsControl { list.append("--control") }
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
package struct Budget: Codable, Equatable, CustomStringConvertible {
  package enum Unit: String, Codable, CaseIterable {
    case steps, epochs, minutes
  }

  package var amount: Double
  package var unit: Unit

  /// `5000`, `5000steps`, `10epochs`, `2.5min`; nil when the text is none of them, or not positive.
  package init?(_ text: String) {
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

  package init(_ amount: Double, _ unit: Unit) { (self.amount, self.unit) = (amount, unit) }

  package var amountText: String {
    amount == amount.rounded() ? "\(Int(amount))" : "\(amount)"
  }

  package var description: String { amountText + unit.rawValue }

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
