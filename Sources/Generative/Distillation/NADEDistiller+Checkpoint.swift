import Distillation
import Foundation
import Networks
import Tensors

/// Checkpoints: one safetensors file with everything that later steps depend on, namely parameters,
/// optimizer, average, and the states of the chains.
extension NADEDistiller {
  private static var format: String { "distill NADE checkpoint 1" }
  private static let slots: [(name: String, slot: NADEKernel.Slot)] = [
    ("student", .parameters), ("firstState", .firstState), ("secondState", .secondState),
    ("average", .average),
  ]
  private static let parts = ["weights", "output_weights", "hidden_bias", "visible_bias"]

  /// What a checkpoint must agree in with this distiller.
  private var identity: [String: String] {
    [
      "format": Self.format, "loss": loss.description, "optimizer": "\(rule)",
      "averaging": "\(averaging)", "seed": "\(seed)", "units": student.units.rawValue,
      "order": student.order.map(String.init).joined(separator: " "),
    ]
  }

  /// Writes a checkpoint; the file is replaced only once the new one is complete.
  ///
  /// - Parameter inputs: Where the batches come from, whose place is kept if it can be.
  /// - Throws: ``GenerativeError`` when parameters are not finite or the file cannot be written; a
  ///   checkpoint that was there is then kept.
  public func save(
    to file: URL,
    _ inputs: (any Inputs)? = nil,
    _ record: TrainingRecord = TrainingRecord()
  ) throws {
    var tensors: [String: Tensor] = ["losses": Tensor(record.losses.means)]
    for (name, slot) in Self.slots {
      for (part, tensor) in zip(Self.parts, kernel.copy(slot)) {
        guard tensor.isAllFinite else {
          throw GenerativeError(
            "'\(name).\(part)' is not finite after step \(stepsDone): no checkpoint was written, "
              + "the last good one is kept"
          )
        }
        tensors["\(name).\(part)"] = tensor
      }
    }
    tensors.merge(InputsPlace.tensors(of: inputs)) { own, _ in own }
    var metadata = identity
    metadata["step"] = "\(stepsDone)"
    metadata.merge(record.saved) { own, _ in own }
    metadata["learntConstant"] = learntConstant.map { "\($0)" }
    metadata["baseline"] = baseline.map { "\($0)" }
    do {
      try Safetensors.write(tensors, metadata: metadata, to: file)
    } catch {
      throw GenerativeError("no checkpoint after step \(stepsDone): \(error)")
    }
  }

  /// Goes back to a checkpoint: the next steps are those that would have followed it, bit for bit.
  ///
  /// - Returns: The record of the run up to there.
  /// - Throws: ``GenerativeError`` when the file is not a checkpoint of this student, loss and
  ///   optimizer, naming the first difference. Nothing is changed then.
  @discardableResult
  public func restore(from file: URL, _ inputs: (any Inputs)? = nil) throws -> TrainingRecord {
    let (tensors, metadata) = try Safetensors.read(from: file)
    func refused(_ reason: String) -> GenerativeError {
      GenerativeError("cannot go on from '\(file.path)': \(reason)")
    }
    guard metadata["format"] == Self.format, let step = metadata["step"]?.savedCount else {
      throw refused("it is not a checkpoint of a NADE of this version")
    }
    for (what, mine) in identity.sorted(by: { $0.key < $1.key }) where metadata[what] != mine {
      throw refused("its \(what) is \(metadata[what] ?? "missing"), here \(mine)")
    }
    let shapes = student.tensors.map(\.shape)
    for (name, _) in Self.slots {
      for (part, shape) in zip(Self.parts, shapes) {
        guard let tensor = tensors["\(name).\(part)"], tensor.shape == shape,
          tensor.elementType == .float32, tensor.isAllFinite
        else {
          throw refused(
            "'\(name).\(part)' is missing, not finite, or of another type or shape than \(shape)"
          )
        }
      }
    }
    guard let record = TrainingRecord(tensors, metadata) else {
      throw refused("its losses do not fit together")
    }
    try InputsPlace.restore(inputs, from: tensors, at: step)
    for (name, slot) in Self.slots {
      kernel.load(slot, Self.parts.map { tensors["\(name).\($0)"]! })
    }
    kernel.steps = step
    stepsDone = step
    learntConstant = metadata["learntConstant"].flatMap { Double($0) }
    baseline = metadata["baseline"].flatMap { Double($0) }
    synchronize()
    return record
  }
}
