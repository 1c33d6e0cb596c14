import Foundation
import Tensors

/// A pickle read as data: tensors, numbers, text and plain containers. Names of Python are only
/// compared with a short list, never called.
struct PickledData {
  /// Containers are numbers of places in ``containers``, so that no nesting is too deep.
  enum Value {
    case none
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case container(Int)
    case name(String)
    case storage(Storage)
    case tensor(Int)
  }

  struct Storage {
    var key: String
    var type: ElementType
    var count: Int
  }

  /// Where the numbers of a tensor are in a storage.
  struct TensorFacts {
    var storage: Storage
    var offset: Int
    var sizes: [Int]
    var strides: [Int]
  }

  /// A list or tuple has no keys.
  struct Container {
    var keys: [Value] = []
    var values: [Value] = []
    var isList = true
  }

  /// What is wrong with a pickle.
  struct Refusal: Error {
    var problem: String
    var advice: String
  }

  private(set) var containers: [Container] = []
  private(set) var tensors: [TensorFacts] = []
  private(set) var result = Value.none

  private let bytes: [UInt8]
  private var place = 0
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]

  /// - Throws: ``Refusal`` where the bytes are no pickle, or one that needs more than data.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    while true {
      let code = try byte()
      if code == UInt8(ascii: ".") { break }
      try perform(code)
    }
    result = try pop()
  }

  private static let damaged = Refusal(
    problem: "its pickle is damaged",
    advice: "save the weights again with torch.save(model.state_dict(), …)"
  )

  private mutating func byte() throws -> UInt8 {
    guard place < bytes.count else { throw Self.damaged }
    place += 1
    return bytes[place - 1]
  }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - place else { throw Self.damaged }
    place += count
    return bytes[place - count..<place]
  }

  private mutating func unsigned(_ count: Int) throws -> Int {
    try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw Self.damaged }
    return text
  }

  private mutating func line() throws -> String {
    guard let end = bytes[place...].firstIndex(of: 10) else { throw Self.damaged }
    let text = try text(end - place)
    place += 1
    return text
  }

  private mutating func pop() throws -> Value {
    guard let value = stack.popLast(), stack.count >= marks.last ?? 0 else { throw Self.damaged }
    return value
  }

  /// What lies above the last mark.
  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast() else { throw Self.damaged }
    let values = Array(stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  private mutating func push(_ values: [Value], isList: Bool = true) {
    containers.append(Container(values: values, isList: isList))
    stack.append(.container(containers.count - 1))
  }

  private func top() throws -> Int {
    guard case .container(let index)? = stack.last else { throw Self.damaged }
    return index
  }

  private mutating func set(_ pairs: [Value]) throws {
    let index = try top()
    guard !containers[index].isList, pairs.count % 2 == 0 else { throw Self.damaged }
    for start in stride(from: 0, to: pairs.count, by: 2) {
      containers[index].keys.append(pairs[start])
      containers[index].values.append(pairs[start + 1])
    }
  }

  private mutating func append(_ values: [Value]) throws {
    let index = try top()
    guard containers[index].isList else { throw Self.damaged }
    containers[index].values += values
  }

  private mutating func perform(_ code: UInt8) throws {
    switch code {
    case 0x80: _ = try byte()
    case 0x95: _ = try take(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): push([])
    case UInt8(ascii: "]"): push([])
    case UInt8(ascii: "}"): push([], isList: false)
    case UInt8(ascii: "t"), UInt8(ascii: "l"): push(try popToMark())
    case UInt8(ascii: "d"):
      let pairs = try popToMark()
      push([], isList: false)
      try set(pairs)
    case 0x85...0x87:
      var values: [Value] = []
      for _ in 0..<code - 0x84 { values.insert(try pop(), at: 0) }
      push(values)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(try unsigned(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try unsigned(2)))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case 0x8a:
      let digits = Array(try take(Int(try byte())))
      guard digits.count <= 8 else { throw Self.damaged }
      let fill: UInt8 = digits.last.map { $0 >= 0x80 } == true ? 0xff : 0
      let whole = digits + Array(repeating: fill, count: 8 - digits.count)
      stack.append(.integer(whole.reversed().reduce(0) { $0 << 8 | Int($1) }))
    case UInt8(ascii: "G"):
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.real(Double(bitPattern: bits)))
    case UInt8(ascii: "X"): stack.append(.text(try text(try unsigned(4))))
    case 0x8c: stack.append(.text(try text(Int(try byte()))))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())
    case UInt8(ascii: "0"): _ = try pop()
    default: try performNaming(code)
    }
  }

  /// What remembers values, and what names those of Python.
  private mutating func performNaming(_ code: UInt8) throws {
    switch code {
    case UInt8(ascii: "q"): try remember(at: try unsigned(1))
    case UInt8(ascii: "r"): try remember(at: try unsigned(4))
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try recall(try unsigned(1))
    case UInt8(ascii: "j"): try recall(try unsigned(4))
    case UInt8(ascii: "c"): try name(try line(), try line())
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw Self.damaged
      }
      try self.name(module, name)
    case UInt8(ascii: "Q"): try makeStorage()
    case UInt8(ascii: "R"):
      let arguments = try pop()
      guard case .name(let name) = try pop(), case .container(let index) = arguments else {
        throw Self.damaged
      }
      try make(name, containers[index].values)
    case UInt8(ascii: "b"):
      // Attributes of an ordered dictionary, such as versions of modules.
      _ = try pop()
      _ = try top()
    default:
      throw Refusal(
        problem:
          "its pickle needs the operation 0x\(String(code, radix: 16)), which makes more than "
          + "tensors and plain containers",
        advice: "save the weights alone, with torch.save(model.state_dict(), …)"
      )
    }
  }

  private mutating func remember(at index: Int) throws {
    guard let value = stack.last else { throw Self.damaged }
    memo[index] = value
  }

  private mutating func recall(_ index: Int) throws {
    guard let value = memo[index] else { throw Self.damaged }
    stack.append(value)
  }

  private static let tensor = "torch._utils._rebuild_tensor_v2"
  private static let parameter = "torch._utils._rebuild_parameter"
  private static let dictionary = "collections.OrderedDict"
  private static let size = "torch.Size"

  private static let storages: [String: ElementType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8,
    "torch.BoolStorage": .bool,
  ]

  private mutating func name(_ module: String, _ name: String) throws {
    let full = "\(module).\(name)"
    guard
      [Self.tensor, Self.parameter, Self.dictionary, Self.size].contains(full)
        || Self.storages[full] != nil
    else {
      throw Refusal(
        problem:
          "its pickle asks for \(full.prefix(80)), and only tensors and plain containers are "
          + "read: nothing in it is ever executed",
        advice: "save the weights alone, with torch.save(model.state_dict(), …)"
      )
    }
    stack.append(.name(full))
  }

  /// Of `('storage', type, key, device, count)`.
  private mutating func makeStorage() throws {
    guard case .container(let index) = try pop(), containers[index].values.count == 5,
      case .text("storage") = containers[index].values[0],
      case .name(let name) = containers[index].values[1], let type = Self.storages[name],
      case .text(let key) = containers[index].values[2],
      case .integer(let count) = containers[index].values[4]
    else { throw Self.damaged }
    stack.append(.storage(Storage(key: key, type: type, count: count)))
  }

  private func integers(_ value: Value) throws -> [Int] {
    guard case .container(let index) = value else { throw Self.damaged }
    return try containers[index].values.map {
      guard case .integer(let integer) = $0 else { throw Self.damaged }
      return integer
    }
  }

  private mutating func make(_ name: String, _ arguments: [Value]) throws {
    switch name {
    case Self.tensor:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .integer(let offset) = arguments[1]
      else { throw Self.damaged }
      tensors.append(
        TensorFacts(
          storage: storage,
          offset: offset,
          sizes: try integers(arguments[2]),
          strides: try integers(arguments[3])
        )
      )
      stack.append(.tensor(tensors.count - 1))
    case Self.parameter:
      guard case .tensor? = arguments.first else { throw Self.damaged }
      stack.append(arguments[0])
    case Self.dictionary:
      guard arguments.isEmpty else { throw Self.damaged }
      push([], isList: false)
    case Self.size:
      guard let first = arguments.first else { throw Self.damaged }
      stack.append(first)
    default: throw Self.damaged
    }
  }
}
