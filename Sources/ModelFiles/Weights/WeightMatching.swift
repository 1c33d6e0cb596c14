import Networks
import Tensors

/// A tensor with the name that its file gives it.
public struct NamedTensor {
  public var name: String
  public var tensor: Tensor
  /// Whether the name is one that the user gave it: then it is the network's.
  public internal(set) var isRenamed = false

  public init(name: String, tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}

/// Which tensors of a file become which parameters of a network, where the names are others: the names
/// without a prefix that wrappers put in front, or else layer by layer in their order by shapes.
public struct WeightMatching {
  /// The file's names by the network's paths.
  public private(set) var names: [String: String] = [:]
  /// The network's paths whose tensors are put into another parameter: biases of convolutions in front
  /// of batch normalisation, by the path of the running mean that they are taken off.
  public private(set) var foldedBiases: [String: String] = [:]
  /// The network's paths of biases that the file has none for: they are 0.
  public private(set) var absentBiases: Set<String> = []
  /// One sentence for people; nil where the names are the network's own.
  public private(set) var description: String?

  /// What wrappers put in front: data parallelism, compilation, and classes around a network.
  private static let prefixes = ["module.", "_orig_mod.", "net.", "network.", "model."]
  fileprivate static let counter = "num_batches_tracked"

  /// - Parameters:
  ///   - file: In the file's order.
  ///   - network: Paths and shapes in the network's order.
  public init(_ file: [NamedTensor], _ network: [(path: String, shape: [Int])]) {
    let wanted = Set(network.map(\.path))
    func fits(_ names: [String]) -> Bool {
      wanted.isSubset(of: Set(names).union(wanted.filter { $0.hasSuffix(Self.counter) }))
    }
    var own = file.map(\.name)
    var removed = ""
    let wrapped = file.indices.filter { !file[$0].isRenamed }
    while !fits(own),
      let prefix = Self.prefixes.first(where: { prefix in
        !wrapped.isEmpty && wrapped.allSatisfy { own[$0].hasPrefix(prefix) }
      })
    {
      for index in wrapped { own[index] = String(own[index].dropFirst(prefix.count)) }
      removed += prefix
    }
    if fits(own) {
      for (name, entry) in zip(own, file) where wanted.contains(name) { names[name] = entry.name }
      let layers = Self.layers(network.map { ($0.path, $0.shape, false) })
      for (name, entry) in zip(own, file) where !wanted.contains(name) {
        let (layer, leaf) = NamedTensor.parts(of: name)
        guard leaf == "bias", let index = layers.firstIndex(where: { $0.name == layer }),
          let mean = Self.runningMean(behind: index, layers)
        else { continue }
        foldedBiases[mean] = entry.name
      }
      let words = (removed.isEmpty ? [] : ["names without '\(removed)'"]) + foldingWords
      description = words.isEmpty ? nil : words.joined(separator: "; ")
      return
    }
    matchByShapes(file, network)
  }

  private struct Layer {
    var name: String
    var isRenamed = false
    var leaves: [(leaf: String, name: String, shape: [Int])] = []

    var bias: String? { leaves.first { $0.leaf == "bias" }?.name }

    /// What tells layers apart: the shapes of their tensors, without counters.
    func signature(without leaf: String = "") -> String {
      leaves.filter { $0.leaf != WeightMatching.counter && $0.leaf != leaf }
        .map { "\($0.leaf)\($0.shape)" }.sorted().joined(separator: " ")
    }
  }

  private static func layers(
    _ tensors: [(name: String, shape: [Int], isRenamed: Bool)]
  ) -> [Layer] {
    var layers: [Layer] = []
    var places: [String: Int] = [:]
    for (name, shape, isRenamed) in tensors {
      let (layer, leaf) = NamedTensor.parts(of: name)
      let place = places[layer] ?? layers.count
      if place == layers.count {
        layers.append(Layer(name: layer))
        places[layer] = place
      }
      layers[place].leaves.append((leaf, name, shape))
      if isRenamed { layers[place].isRenamed = true }
    }
    return layers
  }

  /// The running mean of the batch normalisation that follows a layer; nil where none does.
  private static func runningMean(behind index: Int, _ layers: [Layer]) -> String? {
    guard index + 1 < layers.count else { return nil }
    return layers[index + 1].leaves.first { $0.leaf == "running_mean" }?.name
  }

  private var foldingWords: [String] {
    let count = foldedBiases.count
    guard count > 0 else { return [] }
    let place = "in front of batch normalisation"
    let words = count == 1 ? "1 bias \(place) is" : "\(count) biases \(place) are"
    return [words + " folded into it"]
  }

  private mutating func matchByShapes(
    _ file: [NamedTensor],
    _ network: [(path: String, shape: [Int])]
  ) {
    let own = Self.layers(network.map { ($0.path, $0.shape, false) })
    var rest = Self.layers(file.map { ($0.name, $0.tensor.shape, $0.isRenamed) })
    var pairs: [(own: Layer, file: Layer)] = []
    var folded: [String: String] = [:]
    var absent: Set<String> = []
    for (index, layer) in own.enumerated() {
      let mean = Self.runningMean(behind: index, own)
      let (signature, unbiased) = (layer.signature(), layer.signature(without: "bias"))
      func fits(_ other: Layer) -> Bool {
        if other.signature() == signature { return true }
        // Of a bias that only one of them has.
        guard other.signature(without: "bias") == unbiased else { return false }
        return layer.bias == nil ? mean != nil : other.bias == nil
      }
      let named = rest.firstIndex { $0.isRenamed && $0.name == layer.name }
      guard let found = named ?? rest.firstIndex(where: { !$0.isRenamed && fits($0) }) else {
        return
      }
      let given = rest.remove(at: found)
      if layer.bias == nil, let bias = given.bias, let mean { folded[mean] = bias }
      if let bias = layer.bias, given.bias == nil { absent.insert(bias) }
      pairs.append((layer, given))
    }
    guard rest.isEmpty else { return }
    (foldedBiases, absentBiases) = (folded, absent)
    for (own, given) in pairs {
      for leaf in own.leaves {
        names[leaf.name] = given.leaves.first { $0.leaf == leaf.leaf }?.name
      }
    }
    let texts = pairs.map { "\($1.name) → \($0.name)" }
    let layers = texts.prefix(12).joined(separator: ", ") + (texts.count > 12 ? ", …" : "")
    let absences = absent.isEmpty ? [] : ["\(absent.count) biases that the file has none for are 0"]
    description = (["layers by order and shape: \(layers)"] + foldingWords + absences)
      .joined(separator: "; ")
  }
}

extension NamedTensor {
  fileprivate static func parts(of name: String) -> (layer: String, leaf: String) {
    guard let dot = name.lastIndex(of: ".") else { return ("", name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }
}

extension Module {
  /// Puts tensors of a file into the parameters and buffers, by their names, or by the layers' order
  /// and shapes where they have other names.
  ///
  /// Values take the element type and device that the network has. A convolution's bias in front of
  /// batch normalisation, which the network has none for, is taken off the running mean: exactly the
  /// same in evaluation. A bias that only the network has is 0.
  ///
  /// - Parameter place: Where the tensors are from, for people.
  /// - Returns: How the names were found to be the network's; nil where they are the same.
  /// - Throws: `WeightsError` when they do not fit; the network is then unchanged.
  @discardableResult
  public func load(_ tensors: [NamedTensor], from place: String) throws -> String? {
    let named = namedParameters
    let matching = WeightMatching(tensors, named.map { ($0.path, $0.parameter.shape) })
    let values = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    var fitting: [(Parameter, Tensor)] = []
    var used = Set(matching.foldedBiases.values)
    var (missing, misshapen): ([String], [String]) = ([], [])
    for (path, parameter) in named {
      if matching.absentBiases.contains(path) {
        fitting.append(
          (
            parameter,
            Tensor.zeros(parameter.shape).cast(to: parameter.value.elementType)
              .moved(to: parameter.value.device)
          )
        )
        continue
      }
      guard let name = matching.names[path] ?? (values[path] != nil ? path : nil),
        let tensor = values[name]
      else {
        // Counts of batches only matter to training.
        if !path.hasSuffix(WeightMatching.counter) { missing.append(path) }
        continue
      }
      used.insert(name)
      guard tensor.shape == parameter.shape else {
        misshapen.append("\(path) is \(tensor.shape) instead of \(parameter.shape)")
        continue
      }
      var value = tensor.cast(to: parameter.value.elementType)
      if let bias = matching.foldedBiases[path].flatMap({ values[$0] }) {
        value = value - bias.cast(to: value.elementType)
      }
      fitting.append((parameter, value.moved(to: parameter.value.device)))
    }
    let unexpected = tensors.map(\.name).filter { !used.contains($0) }.sorted()
    let wrong: [(title: String, names: [String])] = [
      ("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen),
    ]
    let problems = wrong.filter { !$0.names.isEmpty }.map { problem -> String in
      let (names, more) = (problem.names.prefix(3), problem.names.count - 3)
      let rest = more > 0 ? " and \(more) more" : ""
      return "\(problem.title): \(names.joined(separator: ", "))\(rest)"
    }
    guard problems.isEmpty else {
      let hint =
        missing.isEmpty || unexpected.isEmpty
        ? "" : " (where only the names are others, --rename OLD=NEW says which is which)"
      throw WeightsError(
        "the weights in '\(place)' are of another network: \(problems.joined(separator: "; "))\(hint)"
      )
    }
    for (parameter, value) in fitting { parameter.replace(with: value) }
    return matching.description
  }
}
