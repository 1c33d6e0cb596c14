import Distill
import Foundation

/// Turns what was asked into a plan: reads teacher, data and student, and checks that they belong
/// together before any work is done.
struct CompressionPreparation {
  let options: CompressOptions
  let device: Device
  let console: Console
  let interruption: Interruption

  /// A plan whose every choice is made, with teacher and data loaded.
  ///
  /// - Throws: One sentence about what is missing or does not fit.
  func training() throws -> CompressionTraining {
    let source = try LabelledSource(options.data)
    let files = try TeacherFiles(options.teacher)
    let model = try teacherModel(files, source.training.shape)
    let classes = try classes(of: source.training, model)
    let student = try studentModel(source.training.shape, outputs: model.outputCount)
    let dataPlan = try data(source, classes)
    try requireFit(model, "teacher", source.training.shape)
    try requireFit(student, "student", source.training.shape)
    let data = try CompressionData(source, dataPlan, on: device)
    var choices = CompressionChoices()
    let batchSize = choices.batchSize(options, student, examples: data.training.count)
    let optimizer = choices.optimizer(options)
    let perEpoch = (data.training.count + batchSize - 1) / batchSize
    let budget = choices.budget(options, stepsPerEpoch: perEpoch)
    let loss = try choices.loss(options, student, dataPlan, examples: data.training.count)
    let teacherPlan = TeacherPlan(
      files: try files.paths.map { try HashedFiles($0) },
      model: model,
      statedAccuracy: try options.teacherAccuracy.map(Self.accuracy)
    )
    let plan = CompressionPlan(
      teacher: teacherPlan,
      data: dataPlan,
      student: student,
      loss: loss,
      training: TrainingPlan(optimizer: optimizer, batchSize: batchSize, steps: 1),
      search: nil,
      trainsControl: options.trainsControl,
      certifiedSeeds: options.certifiedSeeds,
      seed: options.seed
    )
    let training = try CompressionTraining(
      plan,
      data: data,
      networks: loadTeacher(teacherPlan, on: device),
      on: device,
      console,
      interruption
    )
    describe(source, data, files, model, choices)
    try preflight(training)
    try training.rehearse()
    var rate: Double?
    func measuredRate() throws -> Double {
      if let rate { return rate }
      let measured = try training.stepsPerSecond()
      rate = measured
      return measured
    }
    var final = plan
    final.training.steps = try budget.steps(perEpoch: perEpoch, rate: measuredRate)
    if budget.unit == .minutes {
      let decay = optimizer.decay == .constant ? "" : "; the learning rate is at 0 at their end"
      console.say(
        "\(budget.amountText) minutes are \(grouped(final.training.steps)) steps at the measured "
          + String(format: "%.3g", try measuredRate()) + " a second, for the student"
          + (options.trainsControl ? " and as many for the control" : "") + decay
      )
    }
    if let search = options.search {
      final.search = SearchPlan(steps: try search.steps(perEpoch: perEpoch, rate: measuredRate))
      // Refused before anything is written.
      _ = try SearchGrid(
        around: optimizer.learningRate,
        Loss(parsing: loss),
        control: final.controlLoss,
        budget: final.search!.steps
      )
    }
    training.adopt(final)
    return training
  }

  private func teacherModel(_ files: TeacherFiles, _ shape: [Int]) throws -> ModelSpecification {
    if let text = options.teacherModel { return try specification(text).resolved(for: shape) }
    if let model = files.model { return model }
    let metadata = try Safetensors.read(from: URL(fileURLWithPath: files.paths[0])).metadata
    guard let text = metadata["model"] else {
      throw CommandError(
        "'\(files.paths[0])' holds weights alone: say of which network with --teacher-model, such as "
          + "mlp:784-500-300-10"
      )
    }
    return try ModelSpecification(text).resolved(for: shape)
  }

  private func studentModel(_ shape: [Int], outputs: Int) throws -> ModelSpecification {
    let student = try specification(options.student).resolved(for: shape)
    guard student.outputCount == outputs else {
      throw CommandError(
        "the student \(student) has \(student.outputCount) output"
          + (student.outputCount == 1 ? "" : "s") + " and the teacher \(outputs): "
          + "they must be as many"
      )
    }
    return student
  }

  /// A specification, or a YAML file with one.
  private func specification(_ text: String) throws -> ModelSpecification {
    guard text.hasSuffix(".yaml") || text.hasSuffix(".yml") else {
      return try ModelSpecification(text)
    }
    return try ModelSpecification(yaml: URL(fileURLWithPath: text))
  }

  /// The classes, as many as the teacher tells apart: numbered ones may lack examples.
  private func classes(of data: LabelledData, _ teacher: ModelSpecification) throws -> [String] {
    let outputs = teacher.outputCount == 1 ? 2 : teacher.outputCount
    if data.classes.count == outputs { return data.classes }
    let isNumbered = data.classes == (0..<data.classes.count).map(String.init)
    guard isNumbered, data.classes.count < outputs else {
      throw CommandError(
        "the teacher \(teacher) tells \(outputs) classes apart and the data have "
          + "\(data.classes.count): \(data.classes.prefix(5).joined(separator: ", "))"
          + (data.classes.count > 5 ? ", …" : "")
      )
    }
    return (0..<outputs).map(String.init)
  }

  private func requireFit(_ model: ModelSpecification, _ who: String, _ shape: [Int]) throws {
    let count = shape.reduce(1, *)
    guard let own = model.inputCount, own != count else { return }
    let advice =
      shape.count == 3 && shape[0] == 3 && own * 3 == count
      ? "; add --color grey to make them grey"
      : shape.count == 3 ? "; --image-size and --color bring images to another form" : ""
    throw CommandError(
      "the \(who) \(model) takes \(own) numbers and an input of the data has \(count) "
        + "(\(shape.map(String.init).joined(separator: "x")))\(advice)"
    )
  }

  private func data(_ source: LabelledSource, _ classes: [String]) throws -> DataPlan {
    var split = DataSplit(seed: options.seed)
    if let share = options.validation { split.validation = share }
    if let share = options.testShare { split.test = share }
    return DataPlan(
      source: options.data,
      files: try source.paths.map { try HashedFiles($0) },
      classes: classes,
      shape: source.training.shape,
      scaling: try scaling(source, split),
      split: split,
      limit: options.limit
    )
  }

  /// `standard`, or a mean and a deviation, such as `0.286,0.353`.
  private func scaling(_ source: LabelledSource, _ split: DataSplit) throws -> ExampleScaling {
    guard let text = options.normalize, text != "none" else { return ExampleScaling() }
    if text == "standard" {
      let training = try split.parts(of: source).training
      return ExampleScaling(standardizing: training.inputs, shape: training.shape)
    }
    let numbers = text.split(separator: ",").map {
      Double($0.trimmingPrefix(while: \.isWhitespace))
    }
    let known = numbers.compactMap { $0 }
    let channels = known.count / 2
    let allowed = [1, source.training.shape[0]]
    guard known.count == numbers.count, known.count % 2 == 0, allowed.contains(channels),
      known.suffix(channels).allSatisfy({ $0 > 0 })
    else {
      throw CommandError(
        "--normalize '\(text)': write none, standard, or means and then deviations of each channel, "
          + "such as 0.286,0.353"
      )
    }
    return ExampleScaling(
      mean: Array(known.prefix(channels)),
      deviation: Array(known.suffix(channels))
    )
  }

  static func accuracy(_ text: String) throws -> Double {
    guard let stated = Double(text), (0...1).contains(stated) else {
      throw CommandError("--teacher-accuracy \(text): write a share from 0 to 1, such as 0.89")
    }
    return stated
  }
}
