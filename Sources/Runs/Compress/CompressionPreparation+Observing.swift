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
      areReals: options.areReals ? true : nil
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
    let rows = ScaledRows(parts.map(\.inputs), scaling, shape, device)
    let inputs = StoreDescription.Inputs(source, scaling)
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
    return ObservationRecorder(description, in: folder, on: device) { try view.observe(rows[$0]) }
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
private struct ScaledRows {
  private let parts: [Tensor]
  private let scaling: ExampleScaling
  private let shape: [Int]
  private let device: Device

  init(_ parts: [Tensor], _ scaling: ExampleScaling, _ shape: [Int], _ device: Device) {
    (self.parts, self.scaling, self.shape, self.device) = (parts, scaling, shape, device)
  }

  subscript(rows: Range<Int>) -> Tensor {
    var start = 0
    var found: [Tensor] = []
    for part in parts {
      let end = start + part.shape[0]
      let own = rows.clamped(to: start..<end)
      if !own.isEmpty { found.append(part[own.lowerBound - start..<own.upperBound - start]) }
      start = end
    }
    let inputs = found.count == 1 ? found[0] : Tensor.concatenated(found)
    return scaling.apply(to: inputs, shape: shape).moved(to: device)
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
    guard (values.meaning == .reals) == options.areReals else {
      throw RunError(
        options.areReals
          ? "the teacher in '\(path)' was observed as one of classes: leave out --task regression"
          : "the teacher in '\(path)' was observed as one of real numbers: add --task regression"
      )
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
