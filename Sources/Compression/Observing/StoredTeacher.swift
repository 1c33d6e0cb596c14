import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// A teacher of which there is what it said about the examples, and nothing else.
package protocol RecordedAnswers {}

/// What a store holds, as a teacher: it answers for the examples that were observed, known by their
/// numbers.
package struct StoredTeacher: MeaningfulModule, Teacher, RecordedAnswers {
  let rows: StoredRows
  private let places: RowPlaces
  private let values: RecordedArray
  /// What the teacher's network gives itself, such as logits; nil where that is not kept.
  package var own: StoredTeacher? {
    rows.description.array(RecordedArray.own).map { StoredTeacher(rows, places, $0) }
  }

  /// - Parameter source: The data of the store, as the student is to see them by `plan`.
  /// - Throws: `RunError` when they are not the store's, or examples are missing.
  package init(_ store: ObservationStore, _ source: LabelledSource, _ plan: DataPlan) throws {
    try store.requireSame(store.inputs(of: source, plan.counted))
    self.init(
      try StoredRows(store),
      try RowPlaces(source, plan),
      store.description.arrays[0]
    )
  }

  private init(_ rows: StoredRows, _ places: RowPlaces, _ values: RecordedArray) {
    (self.rows, self.places, self.values) = (rows, places, values)
  }

  package var meaning: Observation.Meaning { values.meaning! }

  package func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    let found = places[inputs]
    let known = found.compactMap { $0 }
    guard known.count == found.count else {
      throw DistillationError(
        "\(found.count - known.count) of \(found.count) inputs are none of those that the teacher was "
          + "observed on: a store knows the examples of its data alone"
      )
    }
    return try rows.observation(values, known, request).moved(to: inputs.device)
  }

  package var members: [(name: String, member: ModuleMember)] { [] }

  /// NaN for what was not asked.
  package func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let found = places[input]
    guard let numbers = try? rows.numbers(values, found.map { $0 ?? 0 }) else {
      return Tensor.full(.nan, [found.count] + values.shape)
    }
    let isMissing = Tensor(found.map { $0 == nil }).reshaped(to: [found.count, 1])
    return numbers.filled(with: .nan, where: isMissing).moved(to: input.device)
  }
}

extension StoredRows {
  /// What the teacher says about some examples.
  ///
  /// - Parameter values: Which of its values.
  /// - Throws: `DistillationError` when it was not observed so.
  func observation(
    _ values: RecordedArray,
    _ rows: [Int],
    _ request: Request
  ) throws -> Observation {
    func array(_ name: String, _ what: String) throws -> RecordedArray {
      guard let array = description.array(name) else {
        let kept = description.arrays.map(\.name).joined(separator: ", ")
        throw DistillationError("the teacher was observed without \(what): its store keeps \(kept)")
      }
      return array
    }
    var seen = Observation(try numbers(values, rows), meaning: values.meaning!)
    if case .none = request.derivatives {
    } else {
      let derivatives = try numbers(array(RecordedArray.derivatives, "derivatives"), rows)
      seen.derivatives = derivatives
      if case .along(let directions) = request.derivatives {
        seen.projection = .init(
          directions: directions,
          derivatives: try seen.comparedDerivatives(along: directions)
        )
      }
    }
    for tap in request.features.sorted() {
      let feature = try array(RecordedArray.feature + tap, "the features of '\(tap)'")
      seen.features[tap] = try numbers(feature, rows)
    }
    return seen
  }
}

extension Observation {
  /// Σ_k v_k ∂log p_k/∂x, from all derivatives.
  fileprivate func comparedDerivatives(along directions: Tensor) throws -> Tensor {
    let all = try comparedDerivatives()
    return directions.moved(to: .cpu).matmul(all.flattened(from: 2)).reshaped(
      to: Array(directions.shape.prefix(2)) + all.shape.dropFirst(2)
    )
  }

  func moved(to device: Device) -> Observation {
    guard device != .cpu else { return self }
    var moved = self
    moved.values = values.moved(to: device)
    moved.derivatives = derivatives?.moved(to: device)
    moved.projection = projection.map {
      .init(directions: $0.directions, derivatives: $0.derivatives.moved(to: device))
    }
    moved.features = features.mapValues { $0.moved(to: device) }
    return moved
  }
}
