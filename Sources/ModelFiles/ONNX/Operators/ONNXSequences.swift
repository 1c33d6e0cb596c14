import Tensors

/// Constants, sequences of values, and values that may be missing.
enum ONNXSequences {
  private static let concatenate = Torch("cat")
  private static let stack = Torch("stack")

  static let all: [String: ONNXValueFunction] = [
    "Constant": { call in [try constant(call.attributes)] },
    "Identity": { call in [call.values.first ?? .none] },
    "SequenceEmpty": { _ in [.sequence([])] },
    "SequenceConstruct": { call in [.sequence(call.values)] },
    "SequenceLength": { call in [.tensor(Tensor(try sequence(call).count))] },
    "SequenceAt": { call in
      let list = try sequence(call)
      return [list[try place(call, 1, list.count)!]]
    },
    "SequenceInsert": { call in
      var list = try sequence(call)
      guard let value = call.value(1) else { throw TorchError("there is nothing to insert") }
      list.insert(value, at: try place(call, 2, list.count + 1, end: list.count) ?? list.count)
      return [.sequence(list)]
    },
    "SequenceErase": { call in
      var list = try sequence(call)
      list.remove(at: try place(call, 1, list.count) ?? list.count - 1)
      return [.sequence(list)]
    },
    "SplitToSequence": { call in [.sequence(try split(call))] },
    "ConcatFromSequence": { call in
      let list = try sequence(call)
      guard let first = list.first else { throw TorchError("its sequence is empty") }
      let axis = try call.integer("axis", 0)
      let isNew = try call.integer("new_axis", 0) != 0
      let tensors = try list.map { try $0.tensor() }
      let whole = try (isNew ? stack : concatenate)(
        .tensors(tensors),
        .integer(tensors[0].axis(axis, of: tensors[0].rank + (isNew ? 1 : 0)))
      )
      if case .foreign(_, let type) = first { return [.foreign(whole, type)] }
      return [.tensor(whole)]
    },
    "Optional": { call in [call.values.first ?? .none] },
    "OptionalHasElement": { call in [.tensor(Tensor(call.value(0) != nil))] },
    "OptionalGetElement": { call in
      guard let value = call.value(0) else { throw TorchError("its optional value is missing") }
      return [value]
    },
  ]

  /// Each of its attributes says what kind of constant it is.
  private static func constant(_ attributes: [String: ONNXAttribute]) throws -> ModelValue {
    for (name, value) in attributes {
      switch (name, value) {
      case ("value", .tensor(let tensor)): return try tensor.value()
      case ("value_int", .integer(let integer)): return .tensor(Tensor(integer))
      case ("value_ints", .integers(let list)): return .tensor(ONNXShapes.integers(list))
      case ("value_float", .real(let real)): return .tensor(Tensor(Float(real)))
      case ("value_floats", .reals(let list)):
        return .tensor(Tensor(list.map { Float($0) }, shape: [list.count]))
      case ("value_string", .text(let text)): return .texts([text], shape: [])
      case ("value_strings", .texts(let list)): return .texts(list, shape: [list.count])
      default: break
      }
    }
    throw TorchError("the constant is of a kind that is not known here")
  }

  private static func sequence(_ call: ONNXCall) throws -> [ModelValue] {
    guard case .sequence(let list)? = call.value(0) else {
      throw TorchError("its first input is no sequence")
    }
    return list
  }

  /// The place in a sequence that an input names, which may count from the end.
  private static func place(
    _ call: ONNXCall,
    _ index: Int,
    _ count: Int,
    end: Int? = nil
  ) throws -> Int? {
    guard let value = call.value(index) else {
      guard index > 1 || count > 0, call.name != "SequenceAt" else {
        throw TorchError("its sequence has no such place")
      }
      return nil
    }
    let tensor = try value.tensor()
    guard tensor.count == 1, !tensor.elementType.isFloatingPoint else {
      throw TorchError("its place is not one whole number")
    }
    let place = tensor.moved(to: .cpu).cast(to: .int64).reshaped(to: []).scalar(Int.self)
    let own = place < 0 ? place.addingReportingOverflow(end ?? count).partialValue : place
    guard (0..<count).contains(own) else { throw TorchError("its sequence has no place \(place)") }
    return own
  }

  private static func split(_ call: ONNXCall) throws -> [ModelValue] {
    guard let value = call.value(0) else { throw TorchError("there is nothing to split") }
    let x = try value.tensor()
    let axis = try x.axis(call.integer("axis", 0))
    let length = x.shape[axis]
    var sizes = Array(repeating: 1, count: length)
    let given = try call.value(1)?.tensor()
    if let given {
      guard !given.elementType.isFloatingPoint, given.count <= length + 1 else {
        throw TorchError("its sizes are no whole numbers")
      }
      sizes = given.moved(to: .cpu).cast(to: .int64).scalars(Int.self)
      if given.rank == 0 {
        let size = sizes[0]
        guard size > 0 else { throw TorchError("it splits into parts of \(size)") }
        sizes = stride(from: 0, to: length, by: size).map { min(size, length - $0) }
      }
    }
    guard sizes.allSatisfy({ (0...length).contains($0) }), sizes.reduce(0, +) == length else {
      throw TorchError("an axis of length \(length) is not the parts \(sizes)")
    }
    let keeps = try given != nil || call.integer("keepdims", 1) != 0
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      var part = try ONNXShapes.sliced(x, axis, start..<start + size)
      if !keeps {
        part = try ONNXShapes.reshaped(part, Array(x.shape[..<axis] + x.shape[(axis + 1)...]))
      }
      if case .foreign(_, let type) = value { return .foreign(part, type) }
      return .tensor(part)
    }
  }
}
