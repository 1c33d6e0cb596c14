import Exchange
import Foundation
import Tensors

/// The program of a Core ML package, read from its bytes.
struct MILReader {
  /// An operation: what its parameters are by name, and the values that it gives.
  struct Operation {
    var type = ""
    var inputs: [String: [String]] = [:]
    var outputs: [(name: String, shape: [Int])] = []
    /// The value of a constant.
    var constant: Constant?
  }

  enum Constant {
    case numbers(Tensor)
    case integers([Int])
    case text(String)
  }

  private(set) var operations: [Operation] = []
  private(set) var inputName = ""
  private(set) var inputShape: [Int] = []
  private(set) var outputName = ""
  private let weights: URL

  private static func content(_ package: URL) -> URL {
    package.appendingPathComponent("Data/com.apple.CoreML")
  }

  private static func model(_ package: URL) throws -> Fields {
    try Fields(WireMessage(content(package).appendingPathComponent("model.mlmodel")))
  }

  /// User-defined metadata, of any Core ML model.
  static func metadata(of package: URL) throws -> [String: String] {
    var metadata: [String: String] = [:]
    let description = try model(package).message(2)
    for entry in try description.messages(100).first?.messages(100) ?? [] {
      metadata[try entry.text(1)] = try entry.text(2)
    }
    return metadata
  }

  /// What the model says that it is; nil where it says nothing.
  static func description(of package: URL) throws -> String? {
    try model(package).message(2).messages(100).first?.text(1)
  }

  /// - Parameter package: The folder.
  /// - Throws: `FileError`, or ``ExportError`` where the bytes say something that is not written here.
  init(package: URL) throws {
    weights = Self.content(package).appendingPathComponent("weights/\(MILWeights.fileName)")
    let function = try Self.model(package).message(502).entry(2, "main")
    let input = try function.message(1)
    let body = try function.entry(3, function.text(2))
    (inputName, outputName) = (try input.text(1), try body.text(2))
    inputShape = try shape(input.message(2))
    for message in try body.messages(3) { operations.append(try operation(message)) }
  }

  private func operation(_ message: Fields) throws -> Operation {
    var operation = Operation()
    operation.type = try message.text(1)
    for entry in try message.messages(2) {
      operation.inputs[try entry.text(1)] = try entry.message(2).messages(1).map { try $0.text(1) }
    }
    for output in try message.messages(3) {
      operation.outputs.append((try output.text(1), try shape(output.message(2))))
    }
    for entry in try message.messages(5) where try entry.text(1) == "val" {
      operation.constant = try constant(entry.message(2))
    }
    return operation
  }

  /// Of a message `ValueType`.
  private func shape(_ type: Fields) throws -> [Int] {
    try type.message(1).messages(3).map { try $0.message(1).integer(1) }
  }

  /// Of a message `Value`.
  private func constant(_ value: Fields) throws -> Constant {
    let shape = try shape(value.message(2))
    if let place = try value.messages(5).first {
      return .numbers(try stored(at: place.integer(2), shape))
    }
    let tensor = try value.message(3).message(1)
    if let floats = try tensor.messages(1).first {
      return .numbers(try floats.bytes(1).numbers(shape, .float32))
    }
    if let text = try tensor.messages(4).first { return .text(try text.text(1)) }
    guard let whole = try tensor.messages(2).first ?? tensor.messages(3).first else {
      throw ExportError("a constant of the Core ML program is of no type that is written here")
    }
    var integers: [Int] = []
    try whole.bytes(1).forEachInteger { integers.append(Int(truncatingIfNeeded: $0)) }
    return .integers(integers)
  }

  /// Numbers in the file of weights.
  private func stored(at place: Int, _ shape: [Int]) throws -> Tensor {
    func words(_ type: ElementType, _ offset: Int, _ count: Int) throws -> [Int] {
      try WireMessage.numbers(in: weights, at: place + offset, length: nil, [count], type)
        .scalars(Int.self)
    }
    let kinds = try words(.int32, 0, 2)
    let (size, start) = (try words(.int64, 8, 1)[0], try words(.int64, 16, 1)[0])
    guard UInt32(truncatingIfNeeded: kinds[0]) == MILWeights.sentinel,
      kinds[1] == Int(MILWeights.float32)
    else { throw ExportError("the file of weights does not say what is at byte \(place)") }
    return try WireMessage.numbers(in: weights, at: start, length: size, shape, .float32)
  }
}

/// The fields of a message by their numbers.
private struct Fields {
  private var integers: [Int: Int] = [:]
  private var contents: [Int: [WireMessage]] = [:]

  init(_ message: WireMessage) throws {
    var (integers, contents) = ([Int: Int](), [Int: [WireMessage]]())
    try message.forEachField { number, value in
      switch value {
      case .integer(let value): integers[number] = Int(truncatingIfNeeded: value)
      case .bytes(let bytes): contents[number, default: []].append(bytes)
      case .bits32, .bits64: break
      }
    }
    (self.integers, self.contents) = (integers, contents)
  }

  func integer(_ number: Int) throws -> Int { integers[number] ?? 0 }
  func messages(_ number: Int) throws -> [Fields] { try (contents[number] ?? []).map(Fields.init) }

  func bytes(_ number: Int) throws -> WireMessage {
    guard let bytes = contents[number]?.first else {
      throw ExportError("a message of the Core ML model lacks its field \(number)")
    }
    return bytes
  }

  func text(_ number: Int) throws -> String { try bytes(number).text() }
  func message(_ number: Int) throws -> Fields { try Fields(bytes(number)) }

  /// The value of a map's entry.
  func entry(_ number: Int, _ key: String) throws -> Fields {
    for entry in try messages(number) where try entry.text(1) == key { return try entry.message(2) }
    throw ExportError("the Core ML model has no '\(key)'")
  }
}

/// The user-defined metadata of a Core ML package: where its model comes from.
///
/// - Throws: One sentence when it is none.
public func coreMLMetadata(of package: URL) throws -> [String: String] {
  guard CoreMLEvaluation.isPackage(package) else {
    throw ExportError("'\(package.path)' is no Core ML package: it has no model.mlmodel in it")
  }
  return try MILReader.metadata(of: package)
}
