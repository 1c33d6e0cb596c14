import Distill
import Foundation

/// Turns what was asked into a plan: reads teacher, data and student, and checks that they belong
/// together before any work is done.
package struct CompressionPreparation {
  package let options: CompressOptions
  package let device: Device
  package let work: Work

  /// What models say of an example.
  var task: CompressionTask { options.askedTask }

  /// A plan whose every choice is made, with teacher and data loaded.
  ///
  /// - Throws: One sentence about what is missing or does not fit.
  package func training() throws -> CompressionTraining {
    try requireLabels()
    let normalization = try Normalization(options.normalize)
    let observed = try observations()
    let values =
      try observed == nil ? options.teacherValues.map { try AnswersPlan.content($0) } : nil
    let named =
      try observed.map { TeacherFiles($0) }
      ?? (values == nil && options.teacherCommand == nil ? TeacherFiles(options.teacher) : nil)
    let facts =
      try observed.map { TeacherFacts($0.description.teacher.facts) }
      ?? named.map { try TeacherFacts($0.paths) } ?? TeacherFacts([:])
    var (source, place) = try source(facts, normalization)
    let shape = source.training.shape
    var answers = try values ?? self.answers(source, place)
    if task != .classes, let values = answers?.values {
      guard values.isAllFinite else {
        throw RunError("the teacher's numbers are not all finite: give numbers that are known")
      }
      answers?.plan.meaning = AnswersPlan.meaning(of: values, task)
    }
    let files = named ?? TeacherFiles(answers!)
    let models = try teacherModels(files, shape)
    let teacher =
      try observed.map { TeacherForm($0) } ?? answers.map { TeacherForm($0) }
      ?? models.map { try TeacherForm($0) }
      ?? TeacherForm(models: files.paths, shape: shape, output: options.output, on: device)
    if task == .classes, source.training.firstLabel == 1, options.data.classes == nil,
      max(teacher.outputCount, 2) > source.training.classes.count
    {
      // The teacher knows a class 0, and there is no example of it.
      place.firstLabel = 0
      source = try LabelledSource(place)
    }
    let classes = try classes(of: source.training, teacher, facts)
    try ClassNames.requireLines(classes, of: place.path)
    var choices = CompressionChoices()
    let fitted = try fittedStudents(source.training, outputs: teacher.outputCount)
    let student =
      try fitted?.last ?? studentModel(shape, outputs: teacher.outputCount, &choices)
    var dataPlan = try data(
      source,
      place,
      classes,
      facts,
      // Trees answer alike however inputs are scaled, and networks learn best from even ones.
      normalization == .usual && teacher.areTrees && shape.count == 1 && facts.scaling == nil
        ? .standard : normalization
    )
    try requireFit("teacher \(teacher.description)", teacher.inputCount, shape)
    try requireFit("student \(student)", student.inputCount, shape)
    dataPlan.transfer = try options.transfer.map { try TransferPlan($0, beside: place) }
    let data = try CompressionData(source, dataPlan, on: device)
    if task == .embeddings, data.test.count < 3 {
      throw RunError("vectors are compared with those of other examples: give more for the test")
    }
    dataPlan.transfer?.count = data.taught.count - data.training.count
    let chosen = try choices.ofStudent(student, options, dataPlan, data, limits: teacher.limits)
    let needed = try requireMemory(for: student, "student", batchSize: chosen.batchSize)
    if needed > 1e9 { work.note("the student \(MachineMemory.excess(of: needed))") }
    for model in models ?? [] { try requireMemory(for: model, "teacher", batchSize: 1) }
    let trainingPlan = TrainingPlan(
      optimizer: chosen.optimizer,
      batchSize: chosen.batchSize,
      steps: 1,
      lastBatch: chosen.lastBatch,
      keep: options.keep ?? (data.validation.count > 0 ? .best : .last),
      patience: options.patience,
      threads: options.trainingThreads ?? options.microShards.map { _ in 1 },
      augmentation: try augmentation(shape, observed),
      microShards: options.microShards
    )
    if let parts = options.microShards, parts > chosen.batchSize {
      throw RunError(
        "batches of \(chosen.batchSize) cannot be parted into \(parts) micro-shards: take larger batches, or "
          + "fewer parts"
      )
    }
    let loss = chosen.loss
    let fit = try fitted.map {
      try fitPlan(options.fit!, among: $0, dataPlan, data, limits: teacher.limits)
    }
    if dataPlan.transfer != nil, try Loss(parsing: loss).needs.labels {
      throw RunError(
        "the loss \(loss) needs labels, and the inputs of --transfer have none: take a loss that compares "
          + "with the teacher alone"
      )
    }
    let teacherPlan = TeacherPlan(
      files: try files.hashed(),
      model: models?[0],
      models: models.flatMap { $0.count > 1 ? $0 : nil },
      renames: options.renames.isEmpty ? nil : options.renames,
      answers: answers?.plan,
      observed: observed.map { ObservedPlan($0, at: $0.folder.relativePath) },
      output: options.output,
      statedAccuracy: try options.teacherAccuracy.map(Self.accuracy)
    )
    let plan = CompressionPlan(
      teacher: teacherPlan,
      data: dataPlan,
      student: student,
      studentWeights: try options.studentWeights.map(Self.weights),
      loss: loss,
      controlLoss: task.controlLoss,
      training: trainingPlan,
      fit: fit,
      trainsControl: options.trainsControl,
      classWeights: try options.classWeights.map {
        try ClassWeights($0).weights(for: data, task)
      },
      certifiedSeeds: options.certifiedSeeds,
      seed: options.seed
    )
    let training = try CompressionTraining(
      plan,
      data: data,
      networks: loadTeacher(
        teacherPlan,
        data: dataPlan,
        on: device,
        answers: { [answers, dataPlan] in
          if let observed { return try StoredTeacher(observed, source, dataPlan) }
          return try AnswerTable(answers!, source, dataPlan)
        },
        note: work.note
      ),
      on: device,
      work
    )
    training.observations = try options.observed.map { try SharedObservations(at: $0) }
    describe(source, data, dataPlan, files, teacher, fit == nil ? choices : CompressionChoices())
    if options.normalize != nil, let warning = facts.warning(of: dataPlan) { work.warn(warning) }
    try preflight(training)
    try training.validate()
    try training.requireMatteringTeacher()
    if options.choosesThreads && options.microShards == nil { try training.chooseThreads() }
    var rate: Double?
    func measuredRate() throws -> Double {
      if let rate { return rate }
      let measured = try training.stepsPerSecond()
      rate = measured
      return measured
    }
    var final = training.plan
    final.training.steps = try chosen.steps(rate: measuredRate)
    if chosen.budget.unit == .minutes {
      let decay =
        chosen.optimizer.decay.item.endsAtZero ? "; the learning rate is at 0 at their end" : ""
      work.note(
        "\(chosen.budget.amountText) minutes are \(grouped(final.training.steps)) steps at the measured "
          + String(format: "%.3g", try measuredRate()) + " a second, for the student"
          + (options.trainsControl ? " and as many for the control" : "") + decay
      )
    }
    if let search = options.search {
      final.search = SearchPlan(
        steps: try search.steps(perEpoch: chosen.stepsPerEpoch, rate: measuredRate)
      )
      // Refused before anything is written.
      _ = try SearchGrid(
        around: chosen.optimizer.learningRate,
        Loss(parsing: loss),
        control: final.controlLoss,
        budget: final.search!.steps
      )
    }
    training.adopt(final)
    return training
  }

  /// Refuses what compares with labels of classes where there are none.
  private func requireLabels() throws {
    let isUnlabelled = options.data.targets == TargetKind.none || task == .embeddings
    if task == .embeddings, options.data.labels != nil {
      throw RunError(
        "--labels has no effect with --task embeddings: vectors have none, leave it out"
      )
    }
    if isUnlabelled, options.trainsControl {
      throw RunError("--control is trained on the labels, and there are none: leave it out")
    }
    if options.transfer != nil, options.teacherValues != nil || options.teacherCommand != nil {
      throw RunError(
        "--transfer is for a teacher that can be asked about other inputs, and this one answers for the "
          + "data alone: leave it out, or name the teacher itself"
      )
    }
    let isCertifiable = task == .labels && !isUnlabelled || task == .embeddings
    guard isUnlabelled || task != .classes else { return }
    let cause = isUnlabelled ? "there are no labels" : "there are no classes"
    for (name, isGiven) in [
      ("certify", options.certifiedSeeds != nil && !isCertifiable),
      ("search", options.search != nil),
      (
        "fit",
        options.fit != nil && (task != .classes || options.fit?.target?.measure == .accuracy)
      ),
      ("teacher-accuracy", options.teacherAccuracy != nil),
      ("class-weights", options.classWeights != nil && (isUnlabelled || task != .labels)),
    ] where isGiven {
      throw RunError("--\(name) is about labels of classes, and \(cause): leave it out")
    }
  }

  /// What the teacher's program says about every example; nil where there is none.
  private func answers(
    _ source: LabelledSource,
    _ place: DataSource
  ) throws -> AnswersPlan.Content? {
    guard let command = options.teacherCommand else { return nil }
    // What is refused after hours of asking should be refused now.
    if options.student.contains(":") { _ = try specification(options.student) }
    if let loss = options.loss { _ = try Loss(parsing: loss) }
    if let out = options.out { try RunFolder.requireFree(URL(fileURLWithPath: out).absoluteURL) }
    return try AnsweringProgram.content(
      command,
      options.teacherProgram,
      source,
      place,
      work
    )
  }

  /// The examples with classes and numbers as the teacher knows them, and where they are with all
  /// that was decided about them.
  func source(
    _ facts: TeacherFacts,
    _ normalization: Normalization
  ) throws -> (LabelledSource, DataSource) {
    var place = options.data
    place.targets = place.targets ?? task.targets
    place.divisor = normalization.divisor
    if try place.streams == nil && place.isLargerThanMemory { place.streams = true }
    let first = try LabelledSource(place)
    var decided = place
    if place.targets == nil,
      let order = try facts.order(
        of: first.training.classes,
        asked: options.data.classes != nil
      )
    {
      decided.classes = order
    }
    if let columns = try facts.columns(
      of: first.training.columns,
      asked: options.data.inputs != nil
    ) {
      decided.inputs = columns
      work.note(
        "columns in the order that the teacher was trained on: " + columns.joined(separator: ", ")
      )
    }
    if let warning = facts.warning(ofColumns: first.training.columns) { work.warn(warning) }
    if normalization == .usual, let divisor = facts.divisor(for: first.training) {
      decided.divisor = divisor
    }
    let source = decided == place ? first : try LabelledSource(decided)
    decided.divisor = source.training.divisor
    decided.firstLabel = source.training.firstLabel
    if let streamed = source.training.streamed { work.note("streamed: " + streamed.text) }
    return (source, decided)
  }

  /// The classes, as many as the teacher tells apart: numbered ones may lack examples.
  private func classes(
    of data: LabelledData,
    _ teacher: TeacherForm,
    _ facts: TeacherFacts
  ) throws -> [String] {
    if task != .classes {
      guard data.targets == nil || data.classes.count == teacher.outputCount else {
        throw RunError(
          "the teacher \(teacher.description) gives \(teacher.outputCount) "
            + (task == .labels ? "labels" : "numbers")
            + " and \(data.classes.count) belong to an example: "
            + data.classes.prefix(12).joined(separator: ", ")
            + (data.classes.count > 12 ? ", …" : "")
        )
      }
      let outputs = numbered(teacher.outputCount)
      guard task == .labels else { return data.targets == nil ? outputs : data.classes }
      if data.targets != nil, data.classes != outputs { return data.classes }
      let named = options.data.classes ?? facts.classes
      return named?.count == outputs.count ? named! : outputs
    }
    let outputs = teacher.outputCount == 1 ? 2 : teacher.outputCount
    if options.data.targets == TargetKind.none, let asked = options.data.classes,
      asked.count == outputs
    {
      return asked
    }
    if let known = facts.classes, known.count == outputs, TeacherFacts.areNumbered(data.classes) {
      return known
    }
    if data.classes.count == outputs { return data.classes }
    let isNumbered = data.classes == (0..<data.classes.count).map(String.init)
    guard isNumbered, data.classes.count < outputs else {
      throw RunError(
        "the teacher \(teacher.description) tells \(outputs) classes apart and the data have "
          + "\(data.classes.count): \(data.classes.prefix(5).joined(separator: ", "))"
          + (data.classes.count > 5 ? ", …" : "")
      )
    }
    return (0..<outputs).map(String.init)
  }

  private func numbered(_ count: Int) -> [String] { (0..<count).map(String.init) }

  private func data(
    _ source: LabelledSource,
    _ place: DataSource,
    _ classes: [String],
    _ facts: TeacherFacts,
    _ normalization: Normalization
  ) throws -> DataPlan {
    var split = DataSplit(seed: options.seed)
    if let share = options.validation { split.validation = share }
    if let share = options.testShare { split.test = share }
    let training = source.training
    return DataPlan(
      source: place,
      files: try source.paths.map { try HashedFiles($0) },
      classes: classes,
      shape: training.shape,
      scaling: try scaling(source, split, facts, normalization),
      inputRange: training.range,
      columns: training.shape.count == 1 ? training.columns : nil,
      split: split,
      limit: options.limit,
      areReals: task == .regression ? true : nil,
      ownTask: task == .regression || task == .classes ? nil : task
    )
  }

  /// One file, where a folder would be walked through.
  private static func weights(_ path: String) throws -> HashedFiles {
    _ = try SHA256.hash(of: URL(fileURLWithPath: path))
    return try HashedFiles(path)
  }

  package static func accuracy(_ text: String) throws -> Double {
    guard let stated = Double(text), (0...1).contains(stated) else {
      throw RunError("--teacher-accuracy \(text): write a share from 0 to 1, such as 0.89")
    }
    return stated
  }
}
