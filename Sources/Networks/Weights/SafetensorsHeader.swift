import Foundation
import Tensors

/// What a safetensors file says of its tensors, in the order of their bytes.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    let bytes: Range<Int>
  }

  let entries: [Entry]
  let metadata: [String: String]

  init(_ tensors: [(key: String, value: Tensor)], metadata: [String: String]) {
    var end = 0
    entries = tensors.map { name, tensor in
      let start = end
      end += tensor.count * tensor.elementType.byteCount
      return Entry(
        name: name,
        elementType: tensor.elementType,
        shape: tensor.shape,
        bytes: start..<end
      )
    }
    self.metadata = metadata
  }
}

// MARK: Writing

extension SafetensorsHeader {
  /// JSON, with spaces at the end so that the numbers start at a multiple of 8 bytes.
  func text() throws -> String {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      guard entry.name != "__metadata__" else {
        throw WeightsError("a tensor cannot be called '__metadata__' in a safetensors file")
      }
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        """
        \(quoted(entry.name)):{"dtype":"\(entry.elementType.safetensorsName)","shape":[\(shape)],\
        "data_offsets":[\(entry.bytes.lowerBound),\(entry.bytes.upperBound)]}
        """
      )
    }
    let text = "{\(members.joined(separator: ","))}"
    return text + String(repeating: " ", count: -text.utf8.count & 7)
  }

  private func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case _ where scalar.value < 0x20:
        "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}

// MARK: Reading

extension SafetensorsHeader {
  typealias Failure = JSONValue.Failure

  /// - Parameter dataBytes: How many bytes follow the header; the tensors must fill them exactly.
  init(parsing text: Data, dataBytes: Int) throws(Failure) {
    let parsed: JSONValue
    do {
      parsed = try JSONValue(parsing: text)
    } catch {
      throw Failure(reason: "its header is not sound JSON (\(error.reason))")
    }
    guard case .object(var members) = parsed else {
      throw Failure(reason: "its header is not a JSON object")
    }
    metadata = try Self.metadata(members.removeValue(forKey: "__metadata__"))
    var entries: [Entry] = []
    for (name, member) in members { entries.append(try Self.entry(name, member)) }
    entries.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name)
        < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
    }
    var end = 0
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw Failure(
          reason:
            "tensor '\(entry.name)' starts at byte \(entry.bytes.lowerBound) instead of \(end)"
        )
      }
      end = entry.bytes.upperBound
    }
    guard end == dataBytes else {
      throw Failure(reason: "its tensors need \(end) bytes, and \(dataBytes) follow the header")
    }
    self.entries = entries
  }

  private static func metadata(_ value: JSONValue?) throws(Failure) -> [String: String] {
    guard let value else { return [:] }
    guard case .object(let members) = value else {
      throw Failure(reason: "its metadata is not a JSON object")
    }
    var metadata: [String: String] = [:]
    for (name, member) in members {
      guard case .string(let text) = member else {
        throw Failure(reason: "its metadata '\(name)' is not text")
      }
      metadata[name] = text
    }
    return metadata
  }

  private static func entry(_ name: String, _ value: JSONValue) throws(Failure) -> Entry {
    guard case .object(let members) = value,
      case .string(let type)? = members["dtype"],
      let shape = members["shape"]?.lengths,
      let offsets = members["data_offsets"]?.lengths, offsets.count == 2, offsets[0] <= offsets[1]
    else {
      throw Failure(
        reason: "tensor '\(name)' does not have a dtype, a shape and two rising data_offsets"
      )
    }
    guard let elementType = ElementType.allCases.first(where: { $0.safetensorsName == type }) else {
      throw Failure(reason: "tensor '\(name)' is of the unknown type '\(type)'")
    }
    guard shape.count <= 64 else {
      throw Failure(reason: "tensor '\(name)' has \(shape.count) axes, and 64 are the most")
    }
    // An axis of length 0 counts as 1 here: strides are products of the others' lengths.
    var extent = elementType.byteCount
    for length in shape {
      let (product, overflow) = extent.multipliedReportingOverflow(by: max(length, 1))
      guard !overflow else { throw Failure(reason: "tensor '\(name)' has the huge shape \(shape)") }
      extent = product
    }
    let bytes = shape.contains(0) ? 0 : extent
    guard bytes == offsets[1] - offsets[0] else {
      throw Failure(
        reason: "tensor '\(name)' needs \(bytes) bytes, and its data_offsets span "
          + "\(offsets[1] - offsets[0])"
      )
    }
    return Entry(
      name: name,
      elementType: elementType,
      shape: shape,
      bytes: offsets[0]..<offsets[1]
    )
  }
}

extension JSONValue {
  /// The elements of an array of integers that are not negative.
  fileprivate var lengths: [Int]? {
    guard case .array(let elements) = self else { return nil }
    var lengths: [Int] = []
    for element in elements {
      guard case .integer(let length) = element, length >= 0 else { return nil }
      lengths.append(length)
    }
    return lengths
  }
}

extension ElementType {
  /// What safetensors calls the type.
  var safetensorsName: String {
    switch self {
    case .uint8: "U8"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    case .bfloat16: "BF16"
    case .bool: "BOOL"
    }
  }
}
