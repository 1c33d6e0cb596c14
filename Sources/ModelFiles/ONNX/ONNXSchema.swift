import Exchange
import Foundation
import Tensors

/// What running an ONNX model needs of `onnx.proto3`, and no more.
struct ONNXModelProto {
  var graph: ONNXGraphProto?
  /// The versions of the operators of each domain; ONNX's own have none.
  var opsets: [String: Int] = [:]
  var notes: [String: String] = [:]
  /// The model's own functions, by domain and name.
  var functions: [String: ONNXFunctionProto] = [:]

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      switch (number, value) {
      case (7, .bytes(let graph)): self.graph = try ONNXGraphProto(graph)
      case (8, .bytes(let set)): try set.readOpset(into: &opsets)
      case (14, .bytes(let entry)):
        let (key, text) = try entry.pair()
        notes[key] = text
      case (25, .bytes(let part)):
        let function = try ONNXFunctionProto(part)
        functions[function.key] = function
      default: break
      }
    }
  }
}

/// A function that a model brings along: nodes between names of inputs and outputs.
struct ONNXFunctionProto {
  var name = ""
  var domain = ""
  var overload = ""
  var inputs: [String] = []
  var outputs: [String] = []
  /// What attributes are where a call does not give them.
  var defaults: [String: ONNXAttribute] = [:]
  var nodes: [ONNXNodeProto] = []
  var opsets: [String: Int] = [:]

  var key: String { "\(domain)/\(name)/\(overload)" }

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      switch number {
      case 1: name = try part.text()
      case 4: inputs.append(try part.text())
      case 5: outputs.append(try part.text())
      case 7: nodes.append(try ONNXNodeProto(part))
      case 9: try part.readOpset(into: &opsets)
      case 10: domain = try part.domain()
      case 11:
        let (name, attribute) = try ONNXAttribute.named(part)
        defaults[name] = attribute
      case 13: overload = try part.text()
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
  /// Nothing for ONNX's own operators.
  var domain = ""
  var overload = ""
  var attributes: [String: ONNXAttribute] = [:]

  /// What the model's own functions are found by.
  var key: String { "\(domain)/\(type)/\(overload)" }

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
      case 7: domain = try part.domain()
      case 8: overload = try part.text()
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
  /// A graph inside, which is not read yet.
  case graph(WireMessage)
  /// What the function that the node is in was called with.
  case reference(String)
  /// What is not known here.
  case other

  static func named(_ message: WireMessage) throws -> (name: String, value: ONNXAttribute) {
    var name = ""
    var kind = 0
    var integers: [Int] = []
    var reals: [Double] = []
    var texts: [String] = []
    var one: ONNXAttribute?
    var reference = ""
    try message.forEachField { number, value in
      switch (number, value) {
      case (1, .bytes(let text)): name = try text.text()
      case (2, .bits32(let bits)): one = .real(Double(Float(bitPattern: bits)))
      case (3, .integer(let integer)): one = .integer(Int(truncatingIfNeeded: integer))
      case (4, .bytes(let text)): one = .text(try text.text())
      case (5, .bytes(let tensor)): one = .tensor(try ONNXTensorProto(tensor))
      case (6, .bytes(let graph)): one = .graph(graph)
      case (10, _), (11, _), (22, _), (23, _): one = .other
      case (7, .bits32(let bits)): reals.append(Double(Float(bitPattern: bits)))
      case (7, .bytes(let packed)):
        let numbers = try packed.numbers([packed.byteCount / 4], .float32)
        reals += numbers.scalars(Float.self).map(Double.init)
      case (8, .integer(let integer)): integers.append(Int(truncatingIfNeeded: integer))
      case (8, .bytes(let packed)):
        try packed.forEachInteger { integers.append(Int(truncatingIfNeeded: $0)) }
      case (9, .bytes(let text)): texts.append(try text.text())
      case (20, .integer(let integer)): kind = Int(truncatingIfNeeded: integer)
      case (21, .bytes(let text)): reference = try text.text()
      default: break
      }
    }
    if !reference.isEmpty { return (name, .reference(reference)) }
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
  /// Whether it is a sequence, an optional value or anything else that is no tensor.
  var isOther = false
  /// Nil where nothing is said about it.
  var shape: [Int?]?

  init(_ message: WireMessage) throws {
    try message.forEachField { number, value in
      guard case .bytes(let part) = value else { return }
      if number == 1 { name = try part.text() }
      guard number == 2 else { return }
      try part.forEachField { number, value in
        guard case .bytes(let tensor) = value else { return }
        if number == 1 { try readTensor(tensor) } else if number != 6 { isOther = true }
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
  /// The name of a domain, nothing for ONNX's own operators.
  func domain() throws -> String {
    let name = try text()
    return name == "ai.onnx" ? "" : name
  }

  /// A domain and the version of its operators.
  func readOpset(into opsets: inout [String: Int]) throws {
    var name = ""
    var version = 0
    try forEachField { number, value in
      switch (number, value) {
      case (1, .bytes(let text)): name = try text.domain()
      case (2, .integer(let integer)): version = Int(truncatingIfNeeded: integer)
      default: break
      }
    }
    opsets[name] = version
  }

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
