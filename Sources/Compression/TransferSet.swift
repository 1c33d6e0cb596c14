import Distillation
import Exchange
import Tensors

/// Inputs without labels that the student learns from beside the examples: the teacher says what it
/// thinks of them. The control has the examples alone.
package struct TransferPlan: Codable, Equatable {
  package var source: DataSource
  package var files: [HashedFiles]
  /// How many inputs there are, without those to choose by and to be measured on.
  package var count: Int

  package init(source: DataSource, files: [HashedFiles], count: Int) {
    (self.source, self.files, self.count) = (source, files, count)
  }

  /// What is at a path.
  ///
  /// - Parameter place: Of the examples.
  /// - Throws: `RunError` when nothing can be read there.
  package init(_ path: String, beside place: DataSource) throws {
    var source = DataSource(path, images: place.images, header: place.header)
    source.targets = TargetKind.none
    let streams = place.streams == true
    if let bytes = try LabelledSource.streamableBytes(of: source) {
      source.streams = streams || bytes > Double(MachineMemory.bytes) / 4 ? true : nil
    }
    self.init(source: source, files: [try HashedFiles(path)], count: 0)
  }
}

extension CompressionData {
  /// The inputs of a transfer set as networks see them, and how many of them were left out because they
  /// are examples to choose by or to be measured on.
  ///
  /// - Parameter kept: Those examples.
  static func transfer(
    _ transfer: TransferPlan,
    _ plan: DataPlan,
    like training: LabelledData,
    without kept: [Examples],
    on device: Device
  ) throws -> (inputs: Examples, left: Int) {
    let read = try LabelledSource.inputs(of: transfer.source, like: training)
    var places = RowPlaces()
    for part in kept { try part.forEachPart(of: LabelledData.partSize) { places.add($1) } }
    var isOwn: [Bool] = []
    try read.forEachPart { _, inputs in
      isOwn += places[plan.scaling.apply(to: inputs, shape: plan.shape)].map { $0 == nil }
    }
    let rows = isOwn.indices.filter { isOwn[$0] }
    guard !rows.isEmpty else {
      throw RunError(
        "all \(isOwn.count) inputs of '\(transfer.source.path)' are examples to choose by or to be "
          + "measured on: give others"
      )
    }
    let others = rows.count == isOwn.count ? read : read[rows: rows]
    return (Examples(others, plan, labels: nil, on: device), isOwn.count - rows.count)
  }
}
