import Foundation
import Networks
import Tensors

/// Checkpoints: one safetensors file with everything that later steps depend on, namely student,
/// optimizer, random state, the number of steps made (which is the position in the inputs), and
/// networks of the loss.
///
/// The student's tensors are named `student.` and their path, so the file can also be read as
/// weights.
extension Distiller {
  private static var format: String { "distill checkpoint 1" }

  /// Writes a checkpoint; the file is replaced only once the new one is complete.
  ///
  /// - Parameter inputs: Where the batches come from, whose place is kept if it can be.
  /// - Throws: ``DistillationError`` when parameters are not finite or the file cannot be written;
  ///   a checkpoint that was there is then kept.
  public func save(
    to file: URL,
    _ record: TrainingRecord = TrainingRecord(),
    inputs: (any Inputs)? = nil
  ) throws {
    synchronize()
    var tensors: [String: Tensor] = ["generator": generator.state]
    for (name, parameter) in namedParameters {
      guard parameter.value.isAllFinite else {
        throw DistillationError(
          "'\(name)' is not finite after step \(stepsDone): no checkpoint was written, the last "
            + "good one is kept"
        )
      }
      tensors[name] = parameter.value
    }
    for (name, tensor) in optimizer.state { tensors["optimizer.\(name)"] = tensor }
    tensors.merge(InputsPlace.tensors(of: inputs)) { own, _ in own }
    tensors["losses"] = Tensor(record.losses.means)
    let norms = try JSONEncoder().encode(gradientNorms)
    var metadata = [
      "format": Self.format,
      "architecture": architecture(of: student).joined(separator: "\n"),
      "observedAs": meaning.rawValue,
      "loss": loss.description,
      "optimizer": settings(of: optimizer),
      "step": "\(stepsDone)",
      "seconds": "\(record.seconds)",
      "lossStride": "\(record.losses.stride)",
      "lossPendingSum": "\(record.losses.pendingSum)",
      "lossPendingCount": "\(record.losses.pendingCount)",
      "gradientNorms": String(decoding: norms, as: UTF8.self),
    ]
    for (path, module) in loss.deferredModules {
      guard let shapes = module.shapes else { continue }
      metadata["loss.\(path).shapes"] = String(
        decoding: try JSONEncoder().encode(shapes),
        as: UTF8.self
      )
    }
    do {
      try Safetensors.write(tensors, metadata: metadata, to: file)
    } catch {
      throw DistillationError(
        "no checkpoint was written after step \(stepsDone), the last good one is kept: \(error)"
      )
    }
  }

  /// Goes back to a checkpoint: the next steps are those that would have followed it.
  ///
  /// - Returns: The record of the run up to there.
  /// - Throws: ``DistillationError`` when the file is not a checkpoint of this student, loss and
  ///   optimizer, naming the first difference. Nothing is changed then.
  @discardableResult
  public func restore(
    from file: URL,
    inputs: (any Inputs)? = nil
  ) throws -> TrainingRecord {
    let (tensors, metadata) = try Safetensors.read(from: file)
    func refused(_ reason: String) -> DistillationError {
      DistillationError("cannot go on from '\(file.path)': \(reason)")
    }
    guard metadata["format"] == Self.format, let state = tensors["generator"],
      let step = metadata["step"].flatMap({ Int($0) }), (0...1 << 53).contains(step)
    else { throw refused("it is not a checkpoint of this version of distill") }
    let theirs = (metadata["architecture"] ?? "").split(separator: "\n").map(String.init)
    let ours = architecture(of: student)
    for index in 0..<max(theirs.count, ours.count) {
      let (their, our) = (theirs.dropFirst(index).first, ours.dropFirst(index).first)
      guard their == our else {
        throw refused(
          "it holds another network: there \(their ?? "is nothing more"), here "
            + "\(our ?? "is nothing more")"
        )
      }
    }
    for (what, mine) in [
      ("observedAs", meaning.rawValue), ("loss", loss.description),
      ("optimizer", settings(of: optimizer)),
    ] where metadata[what] != mine {
      throw refused("its \(what) is \(metadata[what] ?? "missing"), here \(mine)")
    }
    try buildDeferredModules(metadata)
    for (name, parameter) in namedParameters {
      guard let tensor = tensors[name], tensor.shape == parameter.shape,
        tensor.elementType == parameter.value.elementType, tensor.isAllFinite
      else {
        throw refused(
          "'\(name)' is missing, not finite, or of another type or shape than \(parameter.shape)"
        )
      }
    }
    let prefix = "optimizer."
    let remembered = tensors.reduce(into: [String: Tensor]()) { remembered, entry in
      if entry.key.hasPrefix(prefix) {
        remembered[String(entry.key.dropFirst(prefix.count))] = entry.value
      }
    }
    if let fault = optimizer.fault(in: remembered, for: trainedParameters) { throw refused(fault) }
    guard RandomGenerator(seed: 0, on: generator.device).accepts(state) else {
      throw refused("its random state is damaged")
    }
    guard let losses = LossHistory(tensors["losses"], metadata) else {
      throw refused("its losses do not fit together")
    }
    try InputsPlace.restore(inputs, from: tensors)
    for (name, parameter) in namedParameters {
      parameter.replace(with: tensors[name]!.moved(to: parameter.value.device))
    }
    optimizer.state = remembered
    generator.state = state
    stepsDone = step
    reload()
    return record(metadata, losses)
  }

  /// Makes the layers of the loss that wait for shapes, which the checkpoint knows.
  private func buildDeferredModules(_ metadata: [String: String]) throws {
    let example = student.parameters.first?.value ?? Tensor(0.0)
    for (path, module) in loss.deferredModules where module.shapes == nil {
      guard let text = metadata["loss.\(path).shapes"],
        let shapes = try? JSONDecoder().decode([[Int]].self, from: Data(text.utf8))
      else { continue }
      try module.build(for: shapes, like: example)
    }
  }

  private func record(_ metadata: [String: String], _ losses: LossHistory) -> TrainingRecord {
    let norms = metadata["gradientNorms"].map { Data($0.utf8) }
    gradientNorms =
      norms.flatMap { try? JSONDecoder().decode([TermGradient].self, from: $0) } ?? []
    var record = TrainingRecord()
    record.steps = stepsDone
    record.seconds = metadata["seconds"].flatMap { Double($0) } ?? 0
    record.gradientNorms = gradientNorms
    record.losses = losses
    return record
  }

  /// What the optimizer moves: the parameters of student and loss, each once.
  private var trainedParameters: [Parameter] {
    var seen = loss.heldParameters
    return ([student] + loss.modules).flatMap(\.parameters).filter {
      seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// Parameters and buffers of the student and of the loss's networks, by their names in the file.
  private var namedParameters: [(name: String, parameter: Parameter)] {
    student.namedParameters.map { ("student.\($0.path)", $0.parameter) }
      + loss.modules.enumerated().flatMap { index, module in
        module.namedParameters.map { ("loss.\(index).\($0.path)", $0.parameter) }
      }
  }
}
