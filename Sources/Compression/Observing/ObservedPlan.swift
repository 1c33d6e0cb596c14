import Distillation
import Exchange
import Foundation

/// A store of observations that teaches, as a recipe has it.
package struct ObservedPlan: Codable, Equatable {
  /// The store's folder.
  package var path: String
  /// What was observed, for people.
  package var network: String
  /// The hash of all that is in it.
  package var sha256: String

  package init(_ store: ObservationStore, at path: String) {
    (self.path, network, sha256) = (path, store.description.teacher.network, store.sha256)
  }

  /// The teacher, for the examples of a plan.
  ///
  /// - Throws: One sentence when the store is not what the run was started with, or is of other data.
  func teacher(_ data: DataPlan, _ work: Work) throws -> StoredTeacher {
    let folder = URL(fileURLWithPath: path)
    let store = try ObservationStore(at: folder, toleratingDamage: false, work)
    guard store.sha256 == sha256 else {
      throw RunError(
        "the observations in '\(path)' are not what the run was started with: their hash is "
          + "\(store.sha256.prefix(12))… instead of \(sha256.prefix(12))…"
      )
    }
    return try StoredTeacher(store, LabelledSource(data.counted), data)
  }
}
