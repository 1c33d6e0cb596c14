import Distillation
import Exchange
import Foundation
import Tensors

/// A folder in which runs share what teachers say about their training examples: a store for each
/// teacher, examples and machine.
package struct SharedObservations {
  package let folder: URL

  /// - Throws: `RunError` when the folder is none, or cannot be made.
  package init(at path: String) throws {
    folder = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder '\(path)': \(sentence(for: error))")
    }
  }

  /// What the teacher of a training says about its examples, observed as far as it is not there.
  ///
  /// - Returns: It, and whether all was there.
  /// - Throws: What observing throws, and one sentence when it cannot be kept.
  func recording(
    _ observed: CompressionTraining.Observed,
    of teacher: any Teacher,
    in training: CompressionTraining
  ) throws -> (teacher: RecordedTeacher, isKept: Bool) {
    let examples = training.data.taught
    let request = Request(derivatives: observed.derivatives ? .all : .none)
    var description = try description(training)
    var hash = SHA256()
    hash.update(Data("\(observed.derivatives) \(observed.values)\n\(description.text)".utf8))
    let place = folder.appendingPathComponent(String(hash.finalize().prefix(32)))
    // Others may write into a folder that runs share, and names of stores can be computed.
    try RunFolder.requirePlain(place)
    if ObservationStore.isOne(place.path) {
      description.arrays = try ObservationStore.description(in: place).description.arrays
    } else {
      let few = try examples.inputs(at: Array(0..<min(2, examples.count)))
      let first = try teacher.observe(few, request)
      // Derivatives are BFloat16 in memory, too.
      description.arrays =
        try StoreDescription.arrays(of: first, own: nil, .float32, derivatives: .bfloat16)
    }
    var isKept = true
    let recorder = ObservationRecorder(description, in: place, on: training.device) { rows in
      isKept = false
      let inputs = try examples.inputs(at: Array(rows)) { turn in
        let next = rows.lowerBound + turn * description.chunk
        return next < examples.count
          ? Array(next..<min(next + description.chunk, examples.count)) : nil
      }
      return (try teacher.observe(inputs, request), nil)
    }
    let store = try recorder.record(0..<description.chunkCount, training.work)
    let rows = try StoredRows(store)
    var next = 0
    let replayed = ClosureTeacher { inputs, request in
      defer { next += inputs.shape[0] }
      return try rows.observation(
        description.arrays[0],
        Array(next..<next + inputs.shape[0]),
        request
      )
    }
    let table = try RecordedTeacher(
      of: replayed,
      on: examples,
      derivatives: observed.derivatives,
      derivativeStorage: .bfloat16
    )
    return (table, isKept)
  }

  private func description(_ training: CompressionTraining) throws -> StoreDescription {
    let (plan, examples) = (training.plan, training.data.taught)
    var hash = SHA256()
    try examples.forEachPart(of: 1_000) { hash.update($1) }
    return StoreDescription(
      teacher: StoreDescription.Teacher(
        sha256: plan.teacher.files.map(\.sha256)
          + [plan.teacher.observed?.sha256].compactMap(\.self),
        network: plan.teacher.model == nil
          ? plan.teacher.answers?.array ?? "" : plan.teacher.network,
        members: training.teacherNetworks.count,
        mean: plan.teacher.mean,
        renames: plan.teacher.renames,
        output: plan.teacher.output,
        facts: [:]
      ),
      inputs: StoreDescription.Inputs(
        sha256: hash.finalize(),
        count: examples.count,
        training: examples.count,
        shape: plan.data.shape,
        divisor: plan.data.source.divisor ?? 1,
        scaling: plan.data.scaling
      ),
      arrays: [],
      chunk: 1_000,
      machine: MachineFacts.current(device: training.device).deciding
    )
  }
}
