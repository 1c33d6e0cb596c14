/// The graph of a TorchScript program as `libtorch/script_graph_body.h` describes it.
struct ScriptSchema: Decodable {
  struct Port: Decodable {
    var name: String
    var isTensor: Bool
    /// libtorch's number of the element type, where it is known.
    var type: Int?
  }

  struct Weight: Decodable {
    var path: String
    var isTrained: Bool
  }

  struct Node: Decodable {
    var kind: String
    var overload: String?
    /// The names of the schema's arguments, where the operator has one.
    var arguments: [String]?
    /// The path of the module that it is called in, as far as it is known.
    var module: String
    var operands: [Operand]
    var results: [String]
  }

  indirect enum Operand: Decodable {
    case value(String)
    case weight(Int)
    case integer(Int)
    case real(Double)
    case bool(Bool)
    case string(String)
    case list([Operand])
    case none
    case device
    /// What has no form here, by its name.
    case unknown(String)
  }

  var inputs: [Port]
  var outputs: [Port]
  var nodes: [Node]
  var weights: [Weight]
}

extension ScriptSchema.Operand {
  private enum Key: String, CodingKey, CaseIterable {
    case value, weight, integer, real, beyond, bool, string, list, none, device, unknown
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first else {
      self = .unknown("nothing")
      return
    }
    switch key {
    case .value: self = .value(try container.decode(String.self, forKey: key))
    case .weight: self = .weight(try container.decode(Int.self, forKey: key))
    case .integer: self = .integer(try container.decode(Int.self, forKey: key))
    case .real: self = .real(try container.decode(Double.self, forKey: key))
    case .beyond: self = .real(Double(try container.decode(String.self, forKey: key)) ?? .nan)
    case .bool: self = .bool(try container.decode(Bool.self, forKey: key))
    case .string: self = .string(try container.decode(String.self, forKey: key))
    case .list: self = .list(try container.decode([Self].self, forKey: key))
    case .none: self = .none
    case .device: self = .device
    case .unknown: self = .unknown(try container.decode(String.self, forKey: key))
    }
  }
}
