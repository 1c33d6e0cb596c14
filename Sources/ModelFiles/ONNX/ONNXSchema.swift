import Exchange
import Foundation
import Tensors

/// What running an ONNX model needs of `onnx.proto3`, and no more.
struct ONNXModelProto {
  var graph: ONNXGraphProto?
  /// The version of the operators.
  var opset = 0
  var notes: [String: String] = [:]
  var hasFunctions = false

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      switch (number, value) {
      case (7, .bytes(let graph)): self.graph = try ONNXGraphProto(graph)
      case (8, .bytes(let set)):
        var domain = ""
        var version = 0
        try set.forEachField { number, value in
          switch (number, value) {
          case (1, .bytes(let text)): domain = try text.text()
          case (2, .integer(let integer)): version = Int(truncatingIfNeeded: integer)
          default: break
          }
        }
        if domain.isEmpty || domain == "ai.onnx" { opset = version }
      case (14, .bytes(let entry)):
        let (key, text) = try entry.pair()
        notes[key] = text
      case (25, .bytes): hasFunctions = true
      default: break
      }
    }
  }
}

struct ONNXGraphProto {
  var nodes: [ONNXNodeProto] = []
  var initializers: [ONNXTensorProto] = []
  var inputs: [ONNXValueProto] = []
  var outputs: [ONNXValueProto] = []
  var hasSparse = false

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      switch number {
      case 1: nodes.append(try ONNXNodeProto(part))
      case 5: initializers.append(try ONNXTensorProto(part))
      case 11: inputs.append(try ONNXValueProto(part))
      case 12: outputs.append(try ONNXValueProto(part))
      case 15: hasSparse = true
      default: break
      }
    }
  }
}

struct ONNXNodeProto {
  var inputs: [String] = []
  var outputs: [String] = []
  var name = ""
  var type = ""
  var domain = ""
  var attributes: [String: ONNXAttribute] = [:]

  /// Where it is, for people.
  var place: String { name.isEmpty ? outputs.first ?? "" : name }

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      switch number {
      case 1: inputs.append(try part.text())
      case 2: outputs.append(try part.text())
      case 3: name = try part.text()
      case 4: type = try part.text()
      case 5:
        let (name, attribute) = try ONNXAttribute.named(part)
        attributes[name] = attribute
      case 7: domain = try part.text()
      default: break
      }
    }
    guard !type.isEmpty else { throw message.damaged("a node names no operator") }
  }
}

enum ONNXAttribute {
  case integer(Int)
  case real(Double)
  case text(String)
  case tensor(ONNXTensorProto)
  case integers([Int])
  case reals([Double])
  case texts([String])
  /// A graph inside, or what else is not known here.
  case other

  static func named(_ message: WireMessage) throws -> (name: String, value: ONNXAttribute) {
    var name = ""
    var kind = 0
    var integers: [Int] = []
    var reals: [Double] = []
    var texts: [String] = []
    var one: ONNXAttribute?
    try message.forEachField { number, value in
      switch (number, value) {
      case (1, .bytes(let text)): name = try text.text()
      case (2, .bits32(let bits)): one = .real(Double(Float(bitPattern: bits)))
      case (3, .integer(let integer)): one = .integer(Int(truncatingIfNeeded: integer))
      case (4, .bytes(let text)): one = .text(try text.text())
      case (5, .bytes(let tensor)): one = .tensor(try ONNXTensorProto(tensor))
      case (6, _), (10, _), (11, _), (22, _), (23, _): one = .other
      case (7, .bits32(let bits)): reals.append(Double(Float(bitPattern: bits)))
      case (7, .bytes(let packed)):
        let numbers = try packed.numbers([packed.byteCount / 4], .float32)
        reals += numbers.scalars(Float.self).map(Double.init)
      case (8, .integer(let integer)): integers.append(Int(truncatingIfNeeded: integer))
      case (8, .bytes(let packed)):
        try packed.forEachInteger { integers.append(Int(truncatingIfNeeded: $0)) }
      case (9, .bytes(let text)): texts.append(try text.text())
      case (20, .integer(let integer)): kind = Int(truncatingIfNeeded: integer)
      case (21, .bytes): one = .other
      default: break
      }
    }
    // Proto3 leaves out what is zero.
    switch kind {
    case 1: return (name, one ?? .real(0))
    case 2: return (name, one ?? .integer(0))
    case 3: return (name, one ?? .text(""))
    case 6: return (name, .reals(reals))
    case 7: return (name, .integers(integers))
    case 8: return (name, .texts(texts))
    default: return (name, one ?? .other)
    }
  }
}

/// An input or output of the graph.
struct ONNXValueProto {
  var name = ""
  /// ONNX's number of the element type; 0 where the value is no tensor.
  var type = 0
  /// Nil where nothing is said about it.
  var shape: [Int?]?

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      if number == 1 { name = try part.text() }
      guard number == 2 else { return }
      try part.forEachField { number, value in
        guard number == 1, case .bytes(let tensor) = value else { return }
        try readTensor(tensor)
      }
    }
  }

  private mutating func readTensor(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      switch (number, value) {
      case (1, .integer(let integer)): type = Int(truncatingIfNeeded: integer)
      case (2, .bytes(let shape)):
        var lengths: [Int?] = []
        try shape.forEachField { number, value in
          guard number == 1, case .bytes(let axis) = value else { return }
          var length: Int?
          try axis.forEachField { number, value in
            guard number == 1, case .integer(let integer) = value else { return }
            let known = Int(truncatingIfNeeded: integer)
            if known >= 0 { length = known }
          }
          lengths.append(length)
        }
        self.shape = lengths
      default: break
      }
    }
  }
}

extension WireMessage {
  /// A key and its text.
  func pair() throws -> (String, String) {
    var (key, text) = ("", "")
    try forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      if number == 1 { key = try part.text() }
      if number == 2 { text = try part.text() }
    }
    return (key, text)
  }

  func damaged(_ problem: String) -> FileError {
    FileError(url, problem, "the file is damaged or no ONNX model: write it again")
  }
}
