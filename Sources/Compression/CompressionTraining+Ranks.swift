import Distillation
import Exchange
import Foundation
import Tensors

/// What rank 0 has the others train with it.
struct TrainingOrder: Codable {
  let plan: CompressionPlan
  /// Where the run's own files are.
  let folder: String
  /// What the paths of the plan begin in.
  let directory: String
  let role: CompressionRole
  let seed: UInt64
  let name: String?

  init(
    _ plan: CompressionPlan,
    in folder: String,
    _ role: CompressionRole,
    seed: UInt64,
    named name: String?
  ) {
    (self.plan, self.role, self.seed, self.name) = (plan, role, seed, name)
    self.folder = URL(fileURLWithPath: folder).path
    directory = FileManager.default.currentDirectoryPath
  }

  func send(to group: ProcessGroup) throws {
    _ = try group.broadcast(
      bytes: Array(JSONEncoder().encode(self)),
      patience: ProcessGroup.anyTime
    )
  }

  /// The next one; nil when there is no more.
  ///
  /// Waits as long as rank 0 prepares, searches or measures: one that ends is noticed nevertheless.
  static func next(from group: ProcessGroup) throws -> TrainingOrder? {
    let bytes = try group.broadcast(bytes: [], patience: ProcessGroup.anyTime)
    return bytes.isEmpty ? nil : try JSONDecoder().decode(Self.self, from: Data(bytes))
  }
}

extension ProcessGroup {
  /// Whether another process decides what is done and writes it.
  var isFollowing: Bool { rank > 0 }

  /// Tells those that follow this process that there is no more to train.
  package func dismiss() throws { _ = try broadcast(bytes: []) }
}

extension CompressionTraining {
  /// Takes part in the trainings of a run that rank 0 performs, until that has no more.
  ///
  /// Teacher and data are read here, from the places that rank 0 has them from.
  ///
  /// - Throws: `ProcessGroupError` when a rank is gone, `Stopped`, and where a file is missing here or is
  ///   another.
  package static func follow(_ group: ProcessGroup, on device: Device, _ work: Work) throws {
    var training: CompressionTraining?
    while let order = try TrainingOrder.next(from: group) {
      if training == nil {
        Machine.threads = order.plan.training.threads ?? 1
        _ = FileManager.default.changeCurrentDirectoryPath(order.directory)
        training = try CompressionTraining(order.plan, in: order.folder, on: device, work)
        training?.group = group
      }
      training!.adopt(order.plan)
      do {
        _ = try training!.train(order.role, seed: order.seed, named: order.name)
      } catch is Stopped where !work.isCancelled() {
        // Rank 0 has seen enough of this network.
      }
    }
  }

  /// Says once, of the first steps, whether sharing them is worth it.
  func advise(_ seconds: SharedSeconds) {
    guard isShared, seconds.steps == 20, let group, !group.isFollowing, group.size > 1 else {
      return
    }
    let speedup = seconds.speedup(of: group.size)
    func milliseconds(_ total: Double) -> String { String(format: "%.2g ms", total / 20 * 1000) }
    let times =
      "a step shared by \(group.size) processes computes for \(milliseconds(seconds.computing)) and "
      + "exchanges for \(milliseconds(seconds.exchanging)): "
    let factor = String(format: "%.2g", speedup)
    work.note(
      speedup >= 1
        ? times + "they are about \(factor) times as fast as one"
        : times
          + "one process alone would be about \(String(format: "%.2g", 1 / speedup)) times as fast and "
          + "makes the same student, bit for bit; ranks are better used for seeds, by distill certify --shard"
    )
  }
}
