import CTorch
import Foundation

/// One argument of a libtorch operator.
package enum Argument {
  case none
  case tensor(Tensor?)
  case integer(Int)
  case real(Double)
  case bool(Bool)
  case integers([Int])
  case reals([Double])
  case bools([Bool])
  case tensors([Tensor])
  case optionalTensors([Tensor?])
  case string(String)
  case type(ElementType?)
  case device(Device)
  case generator(RandomGenerator?)
  /// Left out, where it is not at the end.
  case unspecified
}

/// A libtorch operator, found once by name and then called through the dispatcher.
///
/// ```swift
/// static let add = Operator("aten::add", "Tensor")
/// ```
package struct Operator: @unchecked Sendable {
  let name: StaticString
  let raw: dt_operator

  package init(_ name: StaticString, _ overload: StaticString = "") {
    self.name = name
    let found = name.withUTF8Buffer { name in
      overload.withUTF8Buffer { overload in
        dt_operator_find(
          String(decoding: name, as: UTF8.self),
          String(decoding: overload, as: UTF8.self)
        )
      }
    }
    guard let found else { fatalError(String(cString: dt_last_error())) }
    raw = found
  }

  /// The single result of a call.
  package func callAsFunction(_ arguments: Argument...) -> Tensor {
    var result: dt_tensor?
    let produced = withUnsafeMutablePointer(to: &result) { call(arguments, into: $0, capacity: 1) }
    if produced == 1, let result { return Tensor(owning: result) }
    return failed(arguments)
  }

  /// All results of a call, lists laid flat.
  package func results(_ arguments: Argument..., capacity: Int) -> [Tensor] {
    results(arguments, capacity: capacity)
  }

  package func results(_ arguments: [Argument], capacity: Int) -> [Tensor] {
    withUnsafeTemporaryAllocation(of: dt_tensor?.self, capacity: capacity) { buffer in
      let produced = call(arguments, into: buffer.baseAddress!, capacity: capacity)
      if produced < 0 { return Array(repeating: failed(arguments), count: capacity) }
      return (0..<produced).map { Tensor(owning: buffer[$0]!) }
    }
  }

  /// A call that changes its arguments and gives nothing back.
  package func perform(_ arguments: Argument...) {
    withUnsafeTemporaryAllocation(of: dt_tensor?.self, capacity: 1) { buffer in
      let produced = call(arguments, into: buffer.baseAddress!, capacity: 1)
      if produced < 0 { _ = failed(arguments) }
      if produced == 1 { dt_tensor_release(buffer[0]) }
    }
  }

  private func call(
    _ arguments: [Argument],
    into results: UnsafeMutablePointer<dt_tensor?>,
    capacity: Int
  ) -> Int {
    arguments.withValues { dt_call(raw, $0, Int32(arguments.count), results, Int32(capacity)) }
  }

  /// Reports what libtorch said; what stands in for the result is never used outside an error scope.
  private func failed(_ arguments: [Argument]) -> Tensor {
    let operands = arguments.flatMap(\.tensors)
    let shapes = operands.map { "\($0.shape)" }.joined(separator: " and ")
    let short = String(describing: name).split(separator: ":").last ?? "operation"
    report("\(short)\(shapes.isEmpty ? "" : " of \(shapes)"): \(String(cString: dt_last_error()))")
    return operands.first ?? Tensor(.nan as Double)
  }
}

extension [Argument] {
  /// Runs `body` with the arguments as C sees them.
  func withValues(_ body: (UnsafePointer<dt_value>?) -> Int32) -> Int {
    var listed = 0
    for argument in self { listed += argument.listCount }
    return withUnsafeTemporaryAllocation(of: dt_value.self, capacity: count) { values in
      withUnsafeTemporaryAllocation(of: Int64.self, capacity: listed) { lists in
        var used = 0
        for (index, argument) in enumerated() {
          values[index] = argument.value(list: lists.baseAddress! + used)
          used += argument.listCount
        }
        let produced = withExtendedLifetime(self) { body(values.baseAddress) }
        for value in values where value.kind == Int32(DT_STRING.rawValue) {
          value.as.string.deallocate()
        }
        return Int(produced)
      }
    }
  }
}

extension Argument {
  fileprivate var listCount: Int {
    switch self {
    case .integers(let list): list.count
    case .reals(let list): list.count
    case .bools(let list): list.count
    case .tensors(let list): list.count
    case .optionalTensors(let list): list.count
    default: 0
    }
  }

  fileprivate var tensors: [Tensor] {
    switch self {
    case .tensor(let tensor?): [tensor]
    case .tensors(let list): list
    case .optionalTensors(let list): list.compactMap { $0 }
    default: []
    }
  }

  /// The argument as C sees it; lists are copied to `list`.
  fileprivate func value(list: UnsafeMutablePointer<Int64>) -> dt_value {
    var value = dt_value()
    func set(_ kind: dt_kind) { value.kind = Int32(kind.rawValue) }
    func setIntegers(_ kind: dt_kind, _ integers: some Collection<Int64>) {
      set(kind)
      value.count = Int32(integers.count)
      for (index, integer) in integers.enumerated() { list[index] = integer }
      value.as.integers = UnsafePointer(list)
    }
    func setTensors(_ tensors: some Collection<Tensor?>) {
      set(DT_TENSORS)
      value.count = Int32(tensors.count)
      let raw = UnsafeMutableRawPointer(list).assumingMemoryBound(to: dt_tensor?.self)
      for (index, tensor) in tensors.enumerated() { raw[index] = tensor?.raw }
      value.as.tensors = UnsafePointer(raw)
    }
    switch self {
    case .none, .tensor(nil), .type(nil), .generator(nil): set(DT_NONE)
    case .tensor(let tensor?):
      set(DT_TENSOR)
      value.as.tensor = tensor.raw
    case .integer(let integer):
      set(DT_INTEGER)
      value.as.integer = Int64(integer)
    case .real(let real):
      set(DT_REAL)
      value.as.real = real
    case .bool(let bool):
      set(DT_BOOL)
      value.as.integer = bool ? 1 : 0
    case .integers(let integers): setIntegers(DT_INTEGERS, integers.lazy.map(Int64.init))
    case .reals(let reals):
      set(DT_REALS)
      value.count = Int32(reals.count)
      let raw = UnsafeMutableRawPointer(list).assumingMemoryBound(to: Double.self)
      for (index, real) in reals.enumerated() { raw[index] = real }
      value.as.reals = UnsafePointer(raw)
    case .bools(let bools): setIntegers(DT_BOOLS, bools.lazy.map { $0 ? 1 : 0 })
    case .tensors(let tensors): setTensors(tensors.lazy.map(Optional.some))
    case .optionalTensors(let tensors): setTensors(tensors)
    case .string(let string):
      set(DT_STRING)
      value.as.string = string.withCString { UnsafePointer(strdup($0)) }
    case .type(let type?):
      set(DT_INTEGER)
      value.as.integer = Int64(type.torch)
    case .device(let device):
      set(DT_DEVICE)
      value.count = device.kind.rawValue
      value.as.integer = device.kind == .cpu ? -1 : Int64(device.index)
    case .unspecified: set(DT_DEFAULT)
    case .generator(let generator?):
      set(DT_GENERATOR)
      value.as.generator = generator.raw
    }
    return value
  }
}
