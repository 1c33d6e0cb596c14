import Exchange
import Foundation
import Tensors

extension ONNXModel {
  /// Writes a model with other weights: every other byte is that of the first.
  ///
  /// - Parameters:
  ///   - weights: By the names of initializers, of the shapes and types that the model has; others stay.
  ///   - notes: Text to keep beside it, as `metadata_props`, in place of what has the same names.
  ///   - url: The model.
  /// - Throws: `FileError` when the model cannot be read, or the other not be written.
  static func write(
    _ weights: [String: Tensor],
    notes: [String: String] = [:],
    like url: URL,
    to destination: URL
  ) throws {
    var written: Set<String> = []
    var message = try WireMessage(url).rewritten { number, part in
      switch number {
      case 7:
        return try part.rewritten { number, tensor in
          guard number == 5 else { return nil }
          let name = try ONNXTensorProto(tensor).name
          guard let value = weights[name] else { return nil }
          written.insert(name)
          return try self.tensor(value, name, like: ONNXTensorProto(tensor), url)
        }
      case 14:
        let (key, _) = try part.pair()
        return notes[key].map { entry(key, $0) }
      default: return nil
      }
    }
    if let lost = weights.keys.sorted().first(where: { !written.contains($0) }) {
      throw FileError(
        url,
        "it has no initializer '\(lost.prefix(80).description.printable)'",
        "export it again"
      )
    }
    let known = try ONNXModelProto(WireMessage(url)).notes
    for (key, text) in notes.sorted(by: { $0.key < $1.key }) where known[key] == nil {
      message.append(14, entry(key, text))
    }
    try AtomicFile.write(to: destination) { file in
      try message.bytes.withUnsafeBytes(file.append)
    }
  }

  private static func entry(_ key: String, _ text: String) -> ProtobufMessage {
    var entry = ProtobufMessage()
    entry.append(1, key)
    entry.append(2, text)
    return entry
  }

  private static func tensor(
    _ value: Tensor,
    _ name: String,
    like known: ONNXTensorProto,
    _ url: URL
  ) throws -> ProtobufMessage {
    let former = try known.tensor()
    guard former.shape == value.shape, former.elementType == value.elementType,
      let code = ONNXNumber.code(of: value.elementType)
    else {
      throw FileError(
        url,
        "the weight '\(name.prefix(80).description.printable)' is of another shape",
        "export it again"
      )
    }
    var message = ProtobufMessage()
    for length in value.shape { message.append(1, length) }
    message.append(2, code)
    message.append(8, name)
    message.append(9, bytes: value.moved(to: .cpu).contiguous.withUnsafeBytes { Array($0) })
    return message
  }
}
