/// The JSON of an exported program, as `torch/_export/serde/schema.py` describes it: what running a
/// program needs, and no more, with names in camel case.
struct ProgramSchema: Decodable {
  struct Version: Decodable {
    var major: Int
    var minor: Int
  }

  struct GraphModule: Decodable {
    var graph: Graph
    var signature: Signature
  }

  struct Graph: Decodable {
    var nodes: [Node]
    var tensorValues: [String: TensorFacts]
  }

  struct Node: Decodable {
    struct Input: Decodable {
      var name: String
      var arg: ProgramArgument
    }

    var target: String
    var inputs: [Input]
    var outputs: [ProgramArgument]
    var metadata: [String: String]?
    var name: String?
  }

  struct Signature: Decodable {
    var inputSpecs: [[String: Input]]
    var outputSpecs: [[String: Output]]
  }

  struct Input: Decodable {
    var arg: ProgramArgument?
    var parameterName: String?
    var bufferName: String?
    var tensorConstantName: String?
  }

  struct Output: Decodable {
    var arg: ProgramArgument?
  }

  /// What is known about a tensor; sizes that depend on the inputs are nil.
  struct TensorFacts: Decodable {
    struct Size: Decodable {
      var asInt: Int?
    }

    var dtype: Int
    var sizes: [Size]
    var strides: [Size]
    var storageOffset: Size
    var layout: Int
  }

  var graphModule: GraphModule
  var schemaVersion: Version
  var torchVersion: String?
}

/// Where the weights of a program lie in its archive.
struct PayloadSchema: Decodable {
  struct Entry: Decodable {
    var pathName: String
    var usePickle: Bool
    var tensorMeta: ProgramSchema.TensorFacts?
  }

  var config: [String: Entry]
}

/// An argument of an operator, or a result: a value of one of many kinds.
enum ProgramArgument {
  case none
  case tensor(String)
  case tensors([String?])
  /// A number that was computed, by its name.
  case number(String)
  case integer(Int)
  case real(Double)
  case bool(Bool)
  case string(String)
  case list([ProgramArgument])
  case scalarType(Int)
  case memoryFormat(Int)
  case layout(Int)
  case device
  /// A kind that cannot be run here, such as a graph inside the graph.
  case other(String)
}

extension ProgramArgument: Decodable {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Named: Decodable {
    var name: String
  }

  /// A real number; those that JSON does not have are written as words.
  private struct Real: Decodable {
    var value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self) {
        switch word {
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        case "NaN": value = .nan
        default:
          throw DecodingError.dataCorruptedError(
            in: container,
            debugDescription: "'\(word.prefix(20))' is no number"
          )
        }
      } else {
        value = try container.decode(Double.self)
      }
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    // A tensor's own argument is its name alone.
    guard container.allKeys.count == 1, let key = container.allKeys.first else {
      self = .other("a value of \(container.allKeys.count) kinds")
      return
    }
    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try container.decode(type, forKey: key)
    }
    switch key.stringValue {
    case "name": self = .tensor(try decoded())
    case "asNone": self = .none
    case "asTensor": self = .tensor(try decoded(Named.self).name)
    case "asTensors": self = .tensors(try decoded([Named].self).map(\.name))
    case "asOptionalTensors":
      self = .tensors(
        try decoded([ProgramArgument].self).map {
          if case .tensor(let name) = $0 { name } else { nil }
        }
      )
    case "asOptionalTensor", "asSymInt", "asSymBool", "asSymFloat":
      self = try decoded(ProgramArgument.self)
    case "asName": self = .number(try decoded())
    case "asInt": self = .integer(try decoded())
    case "asFloat": self = .real(try decoded(Real.self).value)
    case "asBool": self = .bool(try decoded())
    case "asString": self = .string(try decoded())
    case "asInts": self = .list(try decoded([Int].self).map { .integer($0) })
    case "asFloats": self = .list(try decoded([Real].self).map { .real($0.value) })
    case "asBools": self = .list(try decoded([Bool].self).map { .bool($0) })
    case "asSymInts", "asSymBools", "asSymFloats": self = .list(try decoded())
    case "asScalarType": self = .scalarType(try decoded())
    case "asMemoryFormat": self = .memoryFormat(try decoded())
    case "asLayout": self = .layout(try decoded())
    case "asDevice": self = .device
    default: self = .other(key.stringValue)
    }
  }
}
