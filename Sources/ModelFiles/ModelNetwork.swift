import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// A model of a file as a network: with parameters named as in PyTorch, taps named by the paths of its
/// modules, and as differentiable as any other.
///
/// ```swift
/// let network = try ModelNetwork(contentsOf: URL(fileURLWithPath: "net.pt2"))
/// let teacher = ModuleTeacher(network, observedAs: network.meaning)
/// let seen = try teacher.observe(images, Request(derivatives: .all, features: ["layer4.1"]))
/// ```
public struct ModelNetwork: Module {
  public let graph: ModelGraph
  /// Which output is observed.
  public let output: Int
  /// The shape of an example that comes laid flat, where the model leaves axes free.
  private let exampleShape: [Int]?
  private let weights: [Parameter]

  /// The model of a file: a program that PyTorch exported (`.pt2`), or an ONNX model (`.onnx`).
  ///
  /// - Throws: `FileError` when the file cannot be read or run, `DistillationError` as
  ///   ``init(_:output:exampleShape:on:)`` does.
  public init(
    contentsOf url: URL,
    output: Int? = nil,
    exampleShape: [Int]? = nil,
    on device: Device = .cpu
  ) throws {
    try self.init(
      ModelGraph(contentsOf: url),
      output: output,
      exampleShape: exampleShape,
      on: device
    )
  }

  /// - Parameters:
  ///   - output: Which of several outputs is observed. The default is the first of real numbers.
  ///   - exampleShape: The shape of an example, such as `[channels, height, width]`, where inputs
  ///     come laid flat.
  /// - Throws: `DistillationError` when the model takes more than one input, or has no such output,
  ///   or when that or the input is no tensor of ordinary numbers.
  public init(
    _ graph: ModelGraph,
    output: Int? = nil,
    exampleShape: [Int]? = nil,
    on device: Device = .cpu
  ) throws {
    guard graph.inputs.count == 1, !graph.inputs[0].shape.isEmpty else {
      let names = graph.inputs.map(\.name).joined(separator: ", ")
      throw DistillationError(
        "the model takes \(graph.inputs.count) inputs (\(names)), and one batch of examples is what "
          + "is observed: export a model that takes one"
      )
    }
    let output = output ?? graph.observedOutput
    guard graph.outputs.indices.contains(output) else {
      throw DistillationError(
        "the model has \(graph.outputs.count) outputs, and none of number \(output)"
      )
    }
    for port in [graph.inputs[0], graph.outputs[output]] where port.kind != .numbers {
      throw DistillationError("the model's '\(port.name)' is no tensor of numbers known here")
    }
    self.graph = graph
    self.output = output
    self.exampleShape = exampleShape
    weights = graph.weights.map {
      Parameter($0.tensor.moved(to: device), role: $0.isTrained ? .trained : .buffer)
    }
  }

  /// The shape of one input; nil where an axis is free.
  public var inputShape: [Int?] { Array(graph.inputs[0].shape.dropFirst()) }

  /// What the outputs are: logits unless the model ends with softmax, its logarithm or a sigmoid.
  public var meaning: Observation.Meaning { graph.meaning(of: output) }

  /// Whether the outputs are sigmoids: of several they are probabilities of labels that do not exclude
  /// each other.
  public var endsInSigmoid: Bool { graph.lastOperation(of: output) == "sigmoid" }

  /// The number of outputs for one example; nil where it depends on the inputs.
  public var outputCount: Int? {
    let lengths = graph.outputs[output].shape.dropFirst()
    return lengths.reduce(1) { product, length in
      guard let product, let length else { return nil }
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      return overflows ? nil : next
    }
  }

  public var members: [(name: String, member: ModuleMember)] {
    zip(graph.weights, weights).map { ($0.path, .parameter($1)) }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    do {
      return try evaluate(input, pass)
    } catch {
      _ = holds(false, "\(error)")
      return Tensor(.nan as Double)
    }
  }

  /// `[batch, outputs]` for a batch of inputs, whose numbers may be in another shape and type.
  func evaluate(_ input: Tensor, _ pass: Pass) throws -> Tensor {
    let port = graph.inputs[0]
    let batch = input.shape.first ?? 0
    let shape = try fittedShape(input.shape)
    let fitted = input.reshaped(to: [batch] + shape).cast(to: port.elementType)
    guard let fixed = port.shape[0], fixed != batch else { return try part(fitted, pass) }
    return try inParts(fitted, of: fixed, pass)
  }

  /// A model exported for batches of one size sees the examples in as many batches as it takes, the
  /// last one filled up with its last example.
  private func inParts(_ input: Tensor, of size: Int, _ pass: Pass) throws -> Tensor {
    let count = input.shape[0]
    guard (1...1 << 20).contains(size), count > 0 else {
      throw DistillationError("the model was exported for batches of \(size), not of \(count)")
    }
    var values: [Tensor] = []
    var tapped: [(name: String, parts: [Tensor])] = []
    for start in stride(from: 0, to: count, by: size) {
      let end = min(start + size, count)
      let last = input[count - 1..<count]
      let filling = Array(repeating: last, count: start + size - end)
      let seen = try run(.concatenated([input[start..<end]] + filling), pass)
      values.append(seen.value[0..<end - start])
      for (index, tap) in seen.taps.enumerated() {
        if tapped.count == index { tapped.append((tap.name, [])) }
        let isPerExample = tap.value.shape.first == size
        tapped[index].parts.append(isPerExample ? tap.value[0..<end - start] : tap.value)
      }
    }
    for (name, parts) in tapped { pass.tap(name, .concatenated(parts)) }
    return .concatenated(values)
  }

  private func part(_ input: Tensor, _ pass: Pass) throws -> Tensor {
    let seen = try run(input, pass)
    for (name, value) in seen.taps { pass.tap(name, value) }
    return seen.value
  }

  private func run(
    _ input: Tensor,
    _ pass: Pass
  ) throws -> (value: Tensor, taps: [(name: String, value: Tensor)]) {
    var taps: [(name: String, value: Tensor)] = []
    let note: (String, Tensor) -> Void = { taps.append(($0, $1)) }
    let value = try graph.run(
      [input],
      weights: weights.map(\.value),
      outputs: [output],
      counting: pass,
      tap: pass.taps.isEmpty ? nil : note
    )[0]
    guard value.rank > 0, value.shape[0] == input.shape[0] else {
      throw DistillationError(
        "the model's output '\(graph.outputs[output].name)' of shape \(value.shape) is not one row for "
          + "each of \(input.shape[0]) examples"
      )
    }
    return (value.reshaped(to: [value.shape[0], value.count / max(value.shape[0], 1)]), taps)
  }

  /// The shape of one input as the model takes it, for numbers that come in another.
  private func fittedShape(_ given: [Int]) throws -> [Int] {
    var own = Array(given.dropFirst())
    if let exampleShape, own == [exampleShape.reduce(1, *)] { own = exampleShape }
    if graph.inputs[0].isOpen {
      let last = inputShape.last ?? nil
      return last == nil || own.last == last || own.reduce(1, *) != last ? own : [last ?? 0]
    }
    let free = inputShape.filter { $0 == nil }.count
    if own.count == inputShape.count,
      zip(own, inputShape).allSatisfy({ $1 == nil || $0 == $1 })
    {
      return own
    }
    let count = own.reduce(1, *)
    let fixed = inputShape.compactMap { $0 }.reduce(1) { product, length in
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      return overflows ? 0 : next
    }
    if free == 0, fixed == count { return inputShape.compactMap { $0 } }
    if free == 1, fixed > 0, count % fixed == 0 { return inputShape.map { $0 ?? count / fixed } }
    let words = inputShape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
    throw DistillationError("the model takes inputs of [\(words)], and these are of \(own)")
  }
}
