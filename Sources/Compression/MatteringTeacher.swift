import Distillation
import Exchange
import Mathematics
import Tensors

/// A teacher that says of each example what is true of one further on in the batch.
struct ExchangedTeacher: Teacher {
  let teacher: any Teacher
  /// How far; 0 is the teacher itself.
  let shift: Int

  func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    exchanged(try teacher.observe(inputs, request))
  }

  func observe(_ batch: Batch, _ request: Request) throws -> Observation {
    exchanged(try teacher.observe(batch, request))
  }

  private func exchanged(_ seen: Observation) -> Observation {
    let count = seen.batchSize
    let rows = Tensor((0..<count).map { ($0 + shift) % count }).moved(to: seen.values.device)
    var result = seen
    result.values = seen.values[rows: rows]
    result.derivatives = seen.derivatives.map { $0[rows: rows] }
    result.projection = seen.projection.map {
      .init(directions: $0.directions, derivatives: $0.derivatives[rows: rows])
    }
    result.features = seen.features.mapValues { $0.shape.first == count ? $0[rows: rows] : $0 }
    result.classes = seen.classes.map { $0[rows: rows] }
    return result
  }
}

extension CompressionTraining {
  /// Refuses a distillation that would be none: one whose loss is the same when the teacher's answers
  /// are exchanged among the examples of a batch.
  package func requireMatteringTeacher() throws {
    let loss = try loss(of: .student)
    guard loss.needs.teacher else {
      throw RunError(
        "the loss \(loss.description) does not look at the teacher, so nothing would be distilled: "
          + "choose one that does; --control trains the same network on the labels"
      )
    }
    guard let teacher = try observedTeacher(for: loss), data.taught.count > 1 else { return }
    let size = min(max(plan.training.batchSize, 100), data.taught.count)
    let losses = try [0, 1].map { shift in
      try firstLoss(of: size, observing: teacher, exchanging: shift)
    }
    guard abs(losses[0] - losses[1]) <= 1e-7 * abs(losses[0]) else { return }
    throw RunError(
      "the teacher does not matter: the loss \(loss.description) is \(Uncertain.short(losses[0])) on "
        + "\(grouped(size)) examples, and the same when its answers are exchanged among them; look "
        + "whether it gives one answer for all inputs, and at the weights of the loss"
    )
  }
}
