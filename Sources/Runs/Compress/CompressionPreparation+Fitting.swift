import Distill
import Foundation
import Mathematics
import StudentExport
import StudentRuntime

/// A student that keeps a budget.
extension CompressionPreparation {
  /// The students among which one is looked for, the largest last; nil where it is named.
  ///
  /// - Throws: `RunError` when none suits the inputs.
  func fittedStudents(_ inputs: LabelledData, outputs: Int) throws -> [ModelSpecification]? {
    guard options.fit != nil else { return nil }
    let known = ModelSpecification.known
    let shape = inputs.shape
    let kinds = options.kinds.isEmpty ? known.names.filter { suits($0, inputs) } : options.kinds
    let students = try kinds.flatMap { kind in
      try known[known.name(written: kind)!]!.candidates(for: shape, outputs: outputs)
        .map { try ModelSpecification($0, among: known).resolved(for: shape) }
    }
    guard !students.isEmpty else {
      throw RunError(
        "there is no student of kind \(kinds.joined(separator: ", ")) for inputs of "
          + "\(shape.map(String.init).joined(separator: "x")): name another with --student"
      )
    }
    // Of the last it is tried with how many threads steps are quickest: not of one that chooses itself.
    func size(_ student: ModelSpecification) -> (Int, Double) {
      (student.architecture.hasFusedSteps ? 0 : 1, student.bytesToTrain(batch: 100))
    }
    return students.sorted { size($0) < size($1) }
  }

  /// Convolutions are for images; attention for images and for numbers in an order, which the columns of a
  /// table have not.
  private func suits(_ kind: String, _ inputs: LabelledData) -> Bool {
    switch kind {
    case "cnn": inputs.shape.count == 3
    case "transformer": inputs.shape.count == 1 && inputs.columns == nil && inputs.shape[0] >= 32
    default: true
    }
  }

  /// What the students cost, and how those that may are trained.
  ///
  /// - Throws: `RunError` with the nearest budget that can be kept, where none can.
  func fitPlan(
    _ budget: FitBudget,
    among students: [ModelSpecification],
    _ plan: DataPlan,
    _ data: CompressionData,
    limits: TeacherLimits
  ) throws -> FitPlan {
    work.begin("students measured", of: students.count, "students")
    let costs = try students.enumerated().map { index, student in
      if work.isCancelled() { throw Stopped("stopped while measuring students") }
      let cost = try StudentCost(of: student, plan, data)
      work.update(index + 1)
      return cost
    }
    work.end()
    let allowed = zip(students, costs).filter { budget.allows($0.1) }
    guard !allowed.isEmpty else {
      let least = costs.indices.min { budget.share(of: costs[$0]) < budget.share(of: costs[$1]) }!
      throw RunError(
        "no student of \(students.count) may cost what --fit \"\(budget)\" says on this machine: the "
          + "nearest, \(students[least]), takes \(costs[least]); say --fit "
          + "\"\(budget.widened(for: costs[least]))\""
      )
    }
    let fit = FitPlan(
      budget,
      try allowed.map { student, cost in
        var choices = CompressionChoices()
        let chosen = try choices.ofStudent(student, options, plan, data, limits: limits)
        return FitCandidate(
          student: student.description,
          loss: chosen.loss,
          batchSize: chosen.batchSize,
          lastBatch: chosen.lastBatch,
          steps: chosen.steps { 1 },
          cost: cost
        )
      }
    )
    let least = fit.candidates.indices.map { fit.steps($0, round: 0) }.min()!
    guard least >= 10 else {
      throw RunError(
        "the \(fit.candidates.count) students begin with \(least) steps each: give at least "
          + "--steps \(Int((10 / fit.schedule.shares[0]).rounded(.up)))"
      )
    }
    let engines = Set(fit.candidates.map(\.cost.engine)).sorted().joined(separator: " and ")
    work.note(
      "\(fit.candidates.count) of \(students.count) students may cost \(budget), measured by \(engines)"
    )
    return fit
  }
}

extension StudentCost {
  /// Measures a network with its first weights: what it costs does not depend on them.
  ///
  /// - Throws: `FileError` where its file cannot be written for a moment.
  init(of student: ModelSpecification, _ plan: DataPlan, _ data: CompressionData) throws {
    let network = student.module(using: RandomGenerator(seed: 0))
    let rows = try data.training.inputs(at: Array(0..<min(100, data.training.count)))
      .moved(to: .cpu)
    guard
      let graph = try? plan.graph(of: network, student),
      let file = try? graph.runtimeFile()
    else {
      let (one, model) = (rows[0..<1], Ensemble([network]))
      self.init(
        microseconds: try Self.latency { _ in
          _ = try model.observe(one).values.scalars(Float.self)
        },
        bytes: network.byteCount,
        engine: "libtorch"
      )
      return
    }
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString).distill")
    defer { unlink(place.path) }
    try file.write(to: place)
    let exported = try Student(path: place.path)
    let workspace = exported.makeWorkspace()
    let inputs = (0..<rows.shape[0]).map { rows[$0].cast(to: .float32).scalars(Float.self) }
    var answer = [Float](repeating: 0, count: exported.outputCount)
    self.init(
      microseconds: Self.latency { turn in
        exported.predict(inputs[turn % inputs.count], into: &answer, using: workspace)
      },
      bytes: file.count,
      engine: "StudentRuntime"
    )
  }

  /// Of one answer alone, in microseconds: the best of three medians, because other programs only ever
  /// make it longer.
  private static func latency(_ answer: (Int) throws -> Void) rethrows -> Double {
    var turn = 0
    var best = Double.infinity
    for _ in 0..<3 {
      let median = try Latency.measure(batch: 1, warmUp: 20, repetitions: 300, seconds: 0.1) {
        try answer(turn)
        turn += 1
      }.p50
      best = min(best, 1e6 * median)
    }
    // The clock has its limits.
    return max(best, 1e-3)
  }
}
