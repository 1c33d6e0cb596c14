import Tensors

/// Operators with graphs inside: choices and loops.
enum ONNXControlFlow {
  private static let stack = Torch("stack")
  private static let select = Torch("select", "int")

  /// More steps than any loop of a model takes.
  private static let mostSteps = 1 << 16

  static let all: [String: ONNXValueFunction] = [
    "If": { call in
      guard case .tensor(let condition)? = call.value(0) else {
        throw TorchError("its condition is missing")
      }
      return try call.graph(truth(condition) ? "then_branch" : "else_branch")([])
    },
    "Loop": { try loop($0) },
    "Scan": { call in
      try call.opset >= 9 ? scan(call, call.values) : scanOfBatch(call)
    },
    "SequenceMap": { call in
      let body = try call.graph("body")
      guard case .sequence(let first)? = call.value(0) else {
        throw TorchError("its first input is no sequence")
      }
      var results = body.outputs.map { _ in [ModelValue]() }
      for index in first.indices {
        let inputs = try call.values.map { value -> ModelValue in
          guard case .sequence(let list) = value else { return value }
          guard list.count == first.count else {
            throw TorchError("its sequences differ in length")
          }
          return list[index]
        }
        for (place, value) in try body(inputs).enumerated() { results[place].append(value) }
      }
      return results.map { .sequence($0) }
    },
  ]

  private static func truth(_ tensor: Tensor) throws -> Bool {
    guard tensor.count == 1 else { throw TorchError("its condition is not one truth value") }
    return tensor.moved(to: .cpu).cast(to: .bool).reshaped(to: []).scalar(Bool.self)
  }

  /// The values of all steps along a new axis in front.
  private static func joined(_ values: [ModelValue], _ port: ModelGraph.Port, axis: Int = 0) throws
    -> ModelValue
  {
    guard let first = values.first else {
      let shape = [0] + port.shape.map { $0 ?? 0 }
      return .tensor(Tensor.zeros(shape, port.elementType))
    }
    let tensors = try values.map { try $0.tensor() }
    guard (-tensors[0].rank - 1...tensors[0].rank).contains(axis) else {
      throw TorchError("there is no axis \(axis) to stack along")
    }
    let whole = try stack(.tensors(tensors), .integer(axis))
    if case .foreign(_, let type) = first { return .foreign(whole, type) }
    return .tensor(whole)
  }

  private static func loop(_ call: ONNXCall) throws -> [ModelValue] {
    let body = try call.graph("body")
    var limit: Int?
    if case .tensor(let tensor)? = call.value(0) {
      guard tensor.count == 1, !tensor.elementType.isFloatingPoint else {
        throw TorchError("its number of steps is not one whole number")
      }
      limit = tensor.moved(to: .cpu).cast(to: .int64).reshaped(to: []).scalar(Int.self)
    }
    var goesOn = true
    if case .tensor(let tensor)? = call.value(1) { goesOn = try truth(tensor) }
    var state = Array(call.values.dropFirst(2))
    let collected = body.outputs.count - 1 - state.count
    guard collected >= 0 else { throw TorchError("its graph gives too few values") }
    var seen = Array(repeating: [ModelValue](), count: collected)
    var step = 0
    while goesOn, step < limit ?? .max {
      guard step < mostSteps else { throw TorchError("it takes more than \(mostSteps) steps") }
      let results = try body([.tensor(Tensor(step)), .tensor(Tensor(goesOn))] + state)
      goesOn = try truth(results[0].tensor())
      state = Array(results[1..<1 + state.count])
      for (index, value) in results[(1 + state.count)...].enumerated() { seen[index].append(value) }
      step += 1
    }
    let ports = body.outputs.suffix(collected)
    return state + (try zip(seen, ports).map { try joined($0, $1) })
  }

  /// One direction or axis of each, of which an attribute may say nothing.
  private static func list(_ call: ONNXCall, _ name: String, _ count: Int) throws -> [Int] {
    let list = try call.integers(name) ?? Array(repeating: 0, count: count)
    guard list.count == count else { throw TorchError("its attribute '\(name)' does not fit") }
    return list
  }

  private static func scan(_ call: ONNXCall, _ values: [ModelValue]) throws -> [ModelValue] {
    let body = try call.graph("body")
    let count = try call.integer("num_scan_inputs", 0)
    guard count > 0, count <= values.count else {
      throw TorchError("it says how many inputs to go through, and there are not as many")
    }
    var state = Array(values.dropLast(count))
    let collected = body.outputs.count - state.count
    guard collected >= 0 else { throw TorchError("its graph gives too few values") }
    let isOld = call.opset < 9
    let directions = try list(call, isOld ? "directions" : "scan_input_directions", count)
    let axes = try list(call, "scan_input_axes", count)
    let outputDirections = try list(call, "scan_output_directions", collected)
    let outputAxes = try list(call, "scan_output_axes", collected)
    let scanned = try values.suffix(count).map { try $0.tensor() }
    let places = try zip(scanned, axes).map { try $0.axis($1) }
    let length = scanned[0].shape[places[0]]
    guard zip(scanned, places).allSatisfy({ $0.shape[$1] == length }) else {
      throw TorchError("its inputs differ in length")
    }
    var seen = Array(repeating: [ModelValue](), count: collected)
    for step in 0..<length {
      let parts = try scanned.indices.map { index -> ModelValue in
        let place = directions[index] == 0 ? step : length - 1 - step
        let part = try select(
          .tensor(scanned[index]),
          .integer(places[index]),
          .integer(place)
        )
        if case .foreign(_, let type) = values[values.count - count + index] {
          return .foreign(part, type)
        }
        return .tensor(part)
      }
      let results = try body(state + parts)
      for (index, value) in results.dropFirst(state.count).enumerated() {
        seen[index].append(value)
      }
      state = Array(results.prefix(state.count))
    }
    let ports = body.outputs.suffix(collected)
    let outputs = try zip(seen, ports).enumerated().map { index, pair in
      let values = outputDirections[index] == 0 ? pair.0 : pair.0.reversed()
      return try joined(values, pair.1, axis: outputAxes[index])
    }
    return state + outputs
  }

  /// Before version 9 every input had a batch in front.
  private static func scanOfBatch(_ call: ONNXCall) throws -> [ModelValue] {
    guard call.value(0) == nil else { throw TorchError("sequences of different lengths") }
    let inputs = try call.values.dropFirst().map { try $0.tensor() }
    guard let batch = inputs.first?.shape.first, batch > 0,
      inputs.allSatisfy({ $0.shape.first == batch })
    else { throw TorchError("its inputs have no batch") }
    var results: [[Tensor]] = []
    for index in 0..<batch {
      let parts = try inputs.map {
        ModelValue.tensor(try select(.tensor($0), .integer(0), .integer(index)))
      }
      let given = try scan(call, parts)
      if results.isEmpty { results = given.map { _ in [] } }
      for (place, value) in given.enumerated() { results[place].append(try value.tensor()) }
    }
    return try results.map { .tensor(try stack(.tensors($0), .integer(0))) }
  }
}
