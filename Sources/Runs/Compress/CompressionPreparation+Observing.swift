import Distill
import Foundation
import Mathematics

extension CompressionPreparation {
  /// What records a teacher on data, with both loaded and tried.
  ///
  /// - Throws: One sentence about what is missing or does not fit.
  func recorder(_ asked: ObserveOptions, in folder: URL) throws -> ObservationRecorder {
    let normalization = try Normalization(options.normalize)
    guard normalization != .standard else {
      throw RunError(
        "--normalize standard depends on how a run parts its examples: give means and deviations, such "
          + "as 0.286,0.353"
      )
    }
    if let command = asked.teacherCommand {
      return try recorder(command, asked, normalization, in: folder)
    }
    let files = try TeacherFiles(options.teacher)
    var facts = try TeacherFacts(files.paths)
    let (source, place) = try source(facts, normalization)
    let shape = source.training.shape
    let models = try teacherModels(files, shape)
    let form =
      try models.map { try TeacherForm($0) }
      ?? TeacherForm(models: files.paths, shape: shape, output: options.output, on: device)
    try requireFit("teacher \(form.description)", form.inputCount, shape)
    try requireObservable(form, asked, files)
    let scaling = try scaling(source, DataSplit(), facts, normalization)
    let plan = DataPlan(
      source: place,
      files: [],
      classes: source.training.classes,
      shape: shape,
      scaling: scaling,
      split: DataSplit(),
      areReals: task == .regression ? true : nil,
      ownTask: task == .regression || task == .classes ? nil : task
    )
    let teacher = TeacherPlan(
      files: try files.hashed(),
      model: models?[0],
      models: models.flatMap { $0.count > 1 ? $0 : nil },
      renames: options.renames.isEmpty ? nil : options.renames,
      output: options.output
    )
    let networks = try loadTeacher(
      teacher,
      data: plan,
      on: device,
      answers: { throw RunError("there is no teacher to observe") },
      note: work.note
    )
    if normalization != .usual {
      (facts.divisor, facts.scaling) = (source.training.divisor, scaling)
    }
    let view = ObservedView(
      networks,
      as: plan.meaning,
      mean: teacher.mean,
      derivatives: asked.derivatives,
      features: Set(asked.features)
    )
    let parts = [source.training] + [source.test].compactMap(\.self)
    let rows = ScaledRows(parts, scaling, device, chunk: asked.chunk)
    let inputs = try StoreDescription.Inputs(source, scaling)
    let first = try view.observe(rows[0..<min(2, inputs.count)])
    let description = StoreDescription(
      teacher: StoreDescription.Teacher(
        sha256: teacher.files.map(\.sha256),
        network: form.description,
        members: networks.count,
        mean: teacher.mean,
        renames: teacher.renames,
        output: teacher.output,
        areTrees: form.areTrees ? true : nil,
        facts: facts.metadata
      ),
      inputs: inputs,
      arrays: try StoreDescription.arrays(of: first.seen, own: first.own, asked.form),
      chunk: asked.chunk
    )
    work.note("teacher: \(networks.count > 1 ? "\(networks.count) × " : "")\(form.description)")
    work.note(
      "data: \(grouped(inputs.training)) examples to learn from and choose by"
        + (source.test.map { ", \(grouped($0.count)) for the test" } ?? "")
    )
    return ObservationRecorder(description, in: folder, on: device) {
      try view.observe(rows[$0])
    }
  }

  private func requireObservable(
    _ form: TeacherForm,
    _ asked: ObserveOptions,
    _ files: TeacherFiles
  ) throws {
    for (option, isAsked, isThere) in [
      ("derivatives", asked.derivatives, form.limits.hasDerivatives),
      ("features", !asked.features.isEmpty, form.limits.hasFeatures),
    ] where isAsked && !isThere {
      throw RunError("--\(option) cannot be observed: \(form.limits.reason)")
    }
    guard files.paths.count == 1 || Set(asked.features).isSubset(of: [Ensemble.membersTap]) else {
      throw RunError(
        "an ensemble has no layers of its own: of --features it has '\(Ensemble.membersTap)' alone"
      )
    }
  }

  /// Says where what the teacher says of an example depends on which others it is asked about with:
  /// students of the store and of the teacher at hand then differ in their last digits.
  func compareCompositions(_ recorder: ObservationRecorder, _ shard: Shard) throws {
    let chunks = shard.share(of: recorder.description.chunkCount)
    guard let first = chunks.first, let change = try recorder.largestChange(in: first), change > 0
    else { return }
    work.note(
      "what the teacher says of an example changes by up to \(Uncertain.short(change)) with the examples "
        + "that it is asked about together: students of the store and of the teacher itself differ by as "
        + "little"
    )
  }
}

/// Inputs as a teacher sees them.
struct ScaledRows {
  private let parts: [LabelledData]
  private let scaling: ExampleScaling
  private let device: Device
  private let chunk: Int

  /// - Parameter chunk: How many are asked for at once.
  init(_ parts: [LabelledData], _ scaling: ExampleScaling, _ device: Device, chunk: Int) {
    (self.parts, self.scaling, self.device, self.chunk) = (parts, scaling, device, chunk)
  }

  subscript(rows: Range<Int>) -> Tensor {
    get throws {
      var start = 0
      var found: [Tensor] = []
      for part in parts {
        let end = start + part.count
        let own = rows.clamped(to: start..<end)
        if !own.isEmpty {
          let range = own.lowerBound - start..<own.upperBound - start
          found.append(try part.inputs(range, inPartsOf: chunk))
        }
        start = end
      }
      let inputs = found.count == 1 ? found[0] : Tensor.concatenated(found)
      return scaling.apply(to: inputs, shape: parts[0].shape).moved(to: device)
    }
  }
}

extension CompressionPreparation {
  /// The store that is named as the teacher, whole and checked; nil where another teacher is named.
  ///
  /// - Throws: One sentence when it is damaged, not complete, or of other outputs than asked for.
  func observations() throws -> ObservationStore? {
    guard let path = options.teacherValues ?? options.teacher.first, ObservationStore.isOne(path)
    else { return nil }
    guard options.teacher.count < 2 else {
      throw RunError("'\(path)' is a store of observations: name it alone as the teacher")
    }
    let folder = URL(fileURLWithPath: path)
    let store = try ObservationStore(at: folder, toleratingDamage: false, work)
    try store.requireComplete()
    let values = store.description.arrays[0]
    let asked = task.meaning ?? .logProbabilities
    guard values.meaning == asked || task == .classes && values.meaning!.isOverClasses else {
      let (kind, option) =
        switch values.meaning! {
        case .reals: ("real numbers", "add --task regression, or embeddings")
        case .labelLogits, .labelProbabilities: ("labels", "add --task labels")
        default: ("classes", "leave out --task \(task.rawValue)")
        }
      throw RunError("the teacher in '\(path)' was observed as one of \(kind): \(option)")
    }
    if let loss = options.loss, case .mostProbable = values.form,
      try Loss(parsing: loss).comparesValues
    {
      throw RunError(
        "the loss \(loss) compares values of all classes, and '\(path)' keeps the most probable ones: "
          + "observe the teacher in another form"
      )
    }
    return store
  }
}
