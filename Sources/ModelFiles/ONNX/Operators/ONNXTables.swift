import Tensors

/// The operators for tables, those of the domain `ai.onnx.ml`.
enum ONNXTables {
  static let domain = "ai.onnx.ml"

  static let all: [String: ONNXOperation] = [
    "TreeEnsembleClassifier": .prepared { attributes in
      let trees = try ONNXTrees(classifier: attributes)
      return { call in try trees.classified(call[0]) }
    },
    "TreeEnsembleRegressor": .prepared { attributes in
      let trees = try ONNXTrees(regressor: attributes)
      return { call in [.tensor(try trees.values(of: call[0]))] }
    },
    "TreeEnsemble": .prepared { attributes in
      let trees = try ONNXTrees(attributes)
      return { call in [.tensor(try trees.values(of: call[0]))] }
    },
    // Its maps from class to number are kept as rows.
    "ZipMap": .prepared { _ in { call in [.tensor(try call[0])] } },
    "Scaler": .prepared { attributes in
      let offset = try row(attributes, "offset", 0)
      let scale = try row(attributes, "scale", 1)
      return { call in
        [.tensor((try call[0].cast(to: .float32) - Tensor(offset)) * Tensor(scale))]
      }
    },
    "Normalizer": .prepared { attributes in
      let norm = try ONNXAttributes(attributes).text("norm", "MAX")
      return { call in
        let x = try call[0].cast(to: .float32)
        guard x.rank == 2 else { throw TorchError("shape \(x.shape) is no table") }
        let size: Tensor
        switch norm {
        case "L1": size = x.magnitude.sum(along: 1, keepingAxes: true)
        case "L2": size = x.squared.sum(along: 1, keepingAxes: true).squareRoot
        default: throw TorchError("the norm '\(norm.prefix(20))' is not known here")
        }
        // A row of zeros stays one.
        return [.tensor(x / (size + (size .== 0).cast(to: .float32)))]
      }
    },
  ]

  /// Numbers for all columns.
  private static func row(
    _ attributes: [String: ONNXAttribute],
    _ name: String,
    _ usual: Double
  ) throws -> [Float] {
    let numbers = try ONNXAttributes(attributes).reals(name)
    return (numbers.isEmpty ? [usual] : numbers).map { Float($0) }
  }

  /// How many classes the value has that a ZipMap of a graph gives; nil where none does.
  static func zippedClasses(_ name: String, _ graph: ONNXGraphProto) -> Int? {
    guard
      let node = graph.nodes.last(where: { $0.outputs.first == name }), node.type == "ZipMap",
      node.domain == domain
    else { return nil }
    return try? ONNXAttributes(node.attributes).labels()?.count
  }
}

/// Attributes of an operator for tables, which are lists.
struct ONNXAttributes {
  private let all: [String: ONNXAttribute]

  init(_ all: [String: ONNXAttribute]) { self.all = all }

  private func wrong(_ name: String) -> TorchError {
    TorchError("the attribute '\(name)' of trees is of another kind")
  }

  func integers(_ name: String) throws -> [Int] {
    switch all[name] {
    case nil: return []
    case .integers(let integers): return integers
    case .tensor(let proto):
      let tensor = try proto.tensor()
      guard !tensor.elementType.isFloatingPoint else { throw wrong(name) }
      return tensor.cast(to: .int64).scalars(Int.self)
    default: throw wrong(name)
    }
  }

  /// Numbers under a name, or as a tensor under another.
  func reals(_ name: String) throws -> [Double] {
    switch all[name] ?? all["\(name)_as_tensor"] {
    case nil: return []
    case .reals(let reals): return reals
    case .tensor(let proto): return try proto.tensor().cast(to: .float64).scalars(Double.self)
    default: throw wrong(name)
    }
  }

  func texts(_ name: String) throws -> [String] {
    switch all[name] {
    case nil: return []
    case .texts(let texts): return texts
    default: throw wrong(name)
    }
  }

  func text(_ name: String, _ usual: String) throws -> String {
    switch all[name] {
    case nil: return usual
    case .text(let text): return text
    default: throw wrong(name)
    }
  }

  func integer(_ name: String, _ usual: Int) throws -> Int {
    switch all[name] {
    case nil: return usual
    case .integer(let integer): return integer
    default: throw wrong(name)
    }
  }

  /// The classes of a classifier.
  enum Labels {
    case integers([Int])
    case texts([String])

    var count: Int {
      switch self {
      case .integers(let integers): integers.count
      case .texts(let texts): texts.count
      }
    }

    /// Nil where the classes are numbered from 0.
    var names: [String]? {
      switch self {
      case .integers(let integers):
        integers == Array(integers.indices) ? nil : integers.map(String.init)
      case .texts(let texts): texts
      }
    }
  }

  func labels() throws -> Labels? {
    let texts = try texts("classlabels_strings")
    if !texts.isEmpty { return .texts(texts) }
    let integers = try integers("classlabels_int64s")
    return integers.isEmpty ? nil : .integers(integers)
  }
}
