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
      "format": CheckpointContent.format,
      "architecture": architecture(of: student).joined(separator: "\n"),
      "observedAs": meaning.rawValue,
      "loss": loss.description,
      "optimizer": settings(of: optimizer),
      "step": "\(stepsDone)",
      "gradientNorms": String(decoding: norms, as: UTF8.self),
    ]
    metadata.merge(record.saved) { own, _ in own }
    for (path, shapes) in bound?.shapes ?? [:] {
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
  /// - Parameters:
  ///   - inputs: Where the batches come from, whose place is restored if it was kept.
  ///   - teacher: What parts of the loss are made from that the checkpoint does not describe, such as
  ///     the teacher's head.
  /// - Returns: The record of the run up to there.
  /// - Throws: ``DistillationError`` when the file is not a checkpoint of this student, loss and
  ///   optimizer, naming the first difference. Nothing is changed then.
  @discardableResult
  public func restore(
    from file: URL,
    inputs: (any Inputs)? = nil,
    observing teacher: (any Teacher)? = nil
  ) throws -> TrainingRecord {
    let read = try Safetensors.read(from: file)
    let content = CheckpointContent(tensors: read.tensors, metadata: read.metadata)
    let upgraded = (student as? any FormerlyTrained)?.upgraded(content, for: loss, optimizer)
    let (tensors, metadata) = ((upgraded ?? content).tensors, (upgraded ?? content).metadata)
    func refused(_ reason: String) -> DistillationError {
      DistillationError("cannot go on from '\(file.path)': \(reason)")
    }
    guard metadata["format"] == CheckpointContent.format, let state = tensors["generator"],
      let step = metadata["step"]?.savedCount
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
    try bind(to: teacher, inputs, remembering: shapes(in: metadata, tensors))
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
    guard RandomGenerator(seed: 0, on: generator.device).accepts(state) else {
      throw refused("its random state is damaged")
    }
    guard var record = TrainingRecord(tensors, metadata) else {
      throw refused("its losses do not fit together")
    }
    let trained = bound?.trainedParameters(with: student) ?? student.parameters
    let before = optimizer.state
    do { try optimizer.restore(remembered, of: trained) } catch { throw refused("\(error)") }
    do {
      try InputsPlace.restore(inputs, from: tensors, at: step)
    } catch {
      try optimizer.restore(before, of: trained)
      throw error
    }
    for (name, parameter) in namedParameters {
      parameter.replace(with: tensors[name]!.moved(to: parameter.value.device))
    }
    generator.state = state
    stepsDone = step
    reload()
    gradientNorms =
      (metadata["gradientNorms"]?.utf8).flatMap {
        try? CarefulJSONDecoder().decode([TermGradient].self, from: Data($0))
      } ?? []
    record.gradientNorms = gradientNorms
    return record
  }

  /// The shapes that connectors of the loss were made for, by their path.
  private func shapes(
    in metadata: [String: String],
    _ tensors: [String: Tensor]
  ) throws -> [String: [[Int]]] {
    let numbers = tensors.values.reduce(0) { $0 + $1.count }
    return try metadata.reduce(into: [:]) { found, entry in
      guard entry.key.hasPrefix("loss."), entry.key.hasSuffix(".shapes"),
        let shapes = try? CarefulJSONDecoder().decode([[Int]].self, from: Data(entry.value.utf8)),
        shapes.count == 2
      else { return }
      let path = String(entry.key.dropFirst(5).dropLast(7))
      guard
        shapes.allSatisfy({
          (1...3).contains($0.count) && $0.allSatisfy { (1...1 << 30).contains($0) }
        }),
        // The file's numbers bound what layers need.
        shapes.map(Projector.Style.channels).reduce(1, *) <= max(1 << 24, 64 * numbers)
      else {
        throw DistillationError("the shapes \(shapes) of the loss's '\(path)' are damaged")
      }
      found[path] = shapes
    }
  }

  /// Parameters and buffers of the student and of the loss's networks, by their names in the file.
  private var namedParameters: [(name: String, parameter: Parameter)] {
    student.namedParameters.map { ("student.\($0.path)", $0.parameter) }
      + (bound?.modules ?? []).enumerated().flatMap { index, module in
        module.namedParameters.map { ("loss.\(index).\($0.path)", $0.parameter) }
      }
  }
}

/// What is in a checkpoint's file.
package struct CheckpointContent {
  package var tensors: [String: Tensor]
  package var metadata: [String: String]
}

/// A student that earlier versions wrote checkpoints of in another form.
package protocol FormerlyTrained: Module {
  /// A checkpoint as this version would have written it; others as they are.
  func upgraded(
    _ checkpoint: CheckpointContent,
    for loss: Loss,
    _ optimizer: any Optimizer
  ) -> CheckpointContent
}

extension CheckpointContent {
  /// The form that every student is kept in.
  package static let format = "distill checkpoint 1"
}
