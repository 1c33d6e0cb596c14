import Mathematics
import Networks
import Tensors

/// A process wants to stop, and all stop with it.
struct SharedStop: Error {}

extension Distiller {
  /// A step whose batch is parted into micro-shards, of which this process computes its own.
  ///
  /// - Throws: As ``step(on:toward:)``, ``SharedStop``, and `ProcessGroupError` when a process is gone.
  ///   Nothing has moved then.
  func step(
    on batch: Batch,
    sharing shards: MicroShards,
    toward given: Observation?,
    observing teacher: (any Teacher)?
  ) throws -> Double {
    let state = generator.state
    defer { generator.state = state }
    let engine = try sharedEngine(batch, given, teacher)
    if trainedShapes.isEmpty { try lookAtParameters(shards) }
    let buffers = sharedSeconds.steps == 0 ? AveragedBuffers(of: [student] + bound!.modules) : nil
    let clock = ContinuousClock()
    let start = clock.now
    let (rank, size) = (shards.group?.rank ?? 0, shards.group?.size ?? 1)
    var losses: [Double] = []
    let pieces = try shards.pieces(of: rank, among: size).map { piece in
      try MicroShards.sum(piece) { range in
        guard range.count == 1 else { return nil }
        let part = shards.part(range.lowerBound, of: batch.count)
        if isStopping || part.isEmpty {
          losses.append(0)
          return noGradient
        }
        let seen = given?.rows(.range(part).moved(to: batch.inputs.device))
        let found = try look(at: batch.part(part), range.lowerBound, seen, teacher, engine)
        let share = Double(part.count) / Double(batch.count)
        losses.append(found.loss * share)
        return found.gradient * share
      }
    }
    try buffers?.requireUnchanged()
    let computed = clock.now
    let message = ShardMessage(pieces: pieces, losses: losses, isStopping: isStopping)
    let sum = try exchanged(message, shards)
    sharedSeconds.steps += 1
    sharedSeconds.computing += (computed - start) / .seconds(1)
    sharedSeconds.exchanging += (clock.now - computed) / .seconds(1)
    return try counted {
      guard sum.loss.isFinite else { throw NonFiniteLoss(value: sum.loss) }
      try engine.descend(along: parts(of: sum.gradient))
      return sum.loss
    }!
  }

  /// The engine, for which the loss is bound by what is seen of the whole batch.
  private func sharedEngine(
    _ batch: Batch,
    _ given: Observation?,
    _ teacher: (any Teacher)?
  ) throws -> any StepEngine {
    if let engine { return engine }
    let directions = try given?.projection?.directions ?? drawDirections(for: batch)
    return try boundEngine(seeing: batch, directions, asking: teacher) { [needs] in
      try given ?? (needs.teacher ? teacher?.observe(batch, needs.teacherRequest(directions)) : nil)
    }
  }

  /// The loss of one part and its gradient in one row.
  private func look(
    at part: Batch,
    _ index: Int,
    _ given: Observation?,
    _ teacher: (any Teacher)?,
    _ engine: any StepEngine
  ) throws -> (loss: Double, gradient: Tensor) {
    let own = mixed(mixed(seed, stepsDone), index)
    generator.state = RandomGenerator(seed: own, on: generator.device).state
    let directions = try given?.projection?.directions ?? drawDirections(for: part)
    return try located { () -> (loss: Double, gradient: Tensor) in
      let seen =
        try given ?? part.observation
        ?? (needs.teacher ? teacher?.observe(part, needs.teacherRequest(directions)) : nil)
      try loss.requireUnbiased(for: seen)
      let target = Target(seen, directions, teacher)
      if index == 0 { try lookAtTerms(on: part, toward: target, by: engine) }
      do {
        let value = try engine.gradient(on: part, toward: target)
        return (value, .concatenated(engine.gradients.map { $0.flattened() }))
      } catch let error as NonFiniteLoss {
        // All are told.
        return (error.value, noGradient)
      }
    }
  }

  /// Sums what all processes found.
  private func exchanged(
    _ own: ShardMessage,
    _ shards: MicroShards
  ) throws -> (gradient: Tensor, loss: Double) {
    guard let group = shards.group, group.size > 1 else {
      if own.isStopping { throw SharedStop() }
      return (own.pieces[0], own.losses.reduce(0, +))
    }
    let ranges = (0..<group.size).map { shards.pieces(of: $0, among: group.size) }
    let counts = ranges.enumerated().map { rank, pieces in
      (pieces: pieces.count, losses: shards.own(of: rank, among: group.size).count)
    }
    let room = (pieces: counts.map { $0.pieces }.max()!, losses: counts.map { $0.losses }.max()!)
    let length = trainedCount
    let messages = try zip(group.allGather(own.tensor(room)), counts)
      .map { ShardMessage($0, $1, room: room, length: length) }
    if messages.contains(where: \.isStopping) { throw SharedStop() }
    var sums: [Range<Int>: Tensor] = [:]
    for (own, message) in zip(ranges, messages) {
      for (piece, sum) in zip(own, message.pieces) { sums[piece] = sum }
    }
    return (
      MicroShards.sum(0..<shards.count) { sums[$0] },
      messages.flatMap(\.losses).reduce(0, +)
    )
  }

  private func lookAtParameters(_ shards: MicroShards) throws {
    let trained = bound!.trainedParameters(with: student).map(\.value)
    guard shards.group == nil || trained.allSatisfy({ $0.device == .cpu }) else {
      throw DistillationError(
        "processes share the steps of students on the CPU: train this one there, or with one process"
      )
    }
    trainedShapes = trained.map(\.shape)
    noGradient = Tensor.concatenated(trained.map { $0.detached.flattened().zerosLike })
  }

  /// How many numbers are trained.
  private var trainedCount: Int { trainedShapes.reduce(0) { $0 + $1.reduce(1, *) } }

  private func parts(of gradient: Tensor) -> [Tensor] {
    var start = 0
    return trainedShapes.map { shape in
      defer { start += shape.reduce(1, *) }
      return gradient[start..<start + shape.reduce(1, *)].reshaped(to: shape)
    }
  }
}

/// What a network remembers of the batches that it saw, such as the running means of batch normalisation.
package struct AveragedBuffers {
  private let buffers: [(path: String, parameter: Parameter, value: Tensor)]

  package init(of modules: [any Module]) {
    buffers = modules.flatMap(\.namedParameters).filter { $0.parameter.role == .buffer }
      .map { ($0.path, $0.parameter, $0.parameter.value) }
  }

  /// - Throws: ``DistillationError`` where training with part of a batch changed one: it would have to
  ///   see the whole batch.
  package func requireUnchanged() throws {
    guard let changed = buffers.first(where: { !$0.parameter.holds($0.value) }) else { return }
    throw DistillationError(
      "'\(changed.path)' follows whole batches, and micro-shards are parts of them: take a student and a "
        + "loss without batch normalisation, memories and running means, or no micro-shards"
    )
  }
}
