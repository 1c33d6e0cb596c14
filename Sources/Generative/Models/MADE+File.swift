import Foundation
import Tensors

extension MADE: StoredModel {
  /// Reads a MADE that ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` or ``GenerativeError``, one sentence that names the file.
  public init(contentsOf url: URL) throws {
    let file = try StudentFile(url, of: "made")
    let layers = try file.layers(file.series("weights"))
    guard let inputs = layers.first?.columns, layers.count >= 2, layers.last?.rows == inputs else {
      throw file.refused("its layers do not begin and end at as many inputs")
    }
    var sampling = MaskSampling(
      orders: file.metadata["samples_orders"] == "true",
      connectivities: file.metadata["samples_connectivities"] == "true",
      count: 1
    )
    let blank = MADE(
      inputs: inputs,
      hidden: layers.dropLast().map(\.rows),
      activation: try file.activation(),
      masks: sampling,
      connectsDirectly: file.tensors["direct_weights"] != nil,
      using: RandomGenerator(seed: 0)
    )
    func connectivity(_ prefix: String, _ order: [Int]) throws -> Connectivity {
      let degrees = try blank.hidden.enumerated().map { layer, units in
        try file.integers("\(prefix)degrees.\(layer)", [units])
      }
      guard degrees.allSatisfy({ $0.minimum().scalar(Int.self) >= 1 }) else {
        throw file.refused("the degrees of its units must be above zero")
      }
      return Connectivity(order: order, degrees: degrees)
    }
    let current = try connectivity("", try file.order(inputs))
    let choices = try file.series("orders").enumerated().map { index, name in
      let order = try file.integers(name, [inputs]).scalars(Int.self)
      guard order.sorted() == Array(0..<inputs) else {
        throw file.refused("'\(name)' is no permutation of the \(inputs) inputs")
      }
      return try connectivity("choices.\(index).", order)
    }
    sampling.count = file.metadata["masks"] == "fresh" ? nil : choices.count
    self.init(blank, current, choices: (sampling, choices))
    try file.load(into: self)
  }

  /// The degrees of hidden units, `1 2 1; 2 2`: a layer after the other.
  public var connectivityText: String? {
    current.connectivity.degrees.map { degrees in
      degrees.scalars(Int.self).map(String.init).joined(separator: " ")
    }.joined(separator: "; ")
  }

  public func ordered(by order: [Int], connectedBy text: String) -> MADE? {
    let degrees = text.split(separator: ";", omittingEmptySubsequences: false).map { layer in
      layer.split(separator: " ").map { Int($0) ?? 0 }
    }
    guard degrees.map(\.count) == hidden, degrees.allSatisfy({ $0.allSatisfy { $0 >= 1 } }) else {
      return nil
    }
    return MADE(self, Connectivity(order: order, degrees: degrees.map { Tensor($0) }))
  }

  /// Writes the model with the masks it looks at and those that training takes from, whole or not at
  /// all.
  ///
  /// - Parameter metadata: More text to keep beside the numbers.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    let own = [
      "activation": activation.rawValue, "samples_orders": "\(sampling.orders)",
      "samples_connectivities": "\(sampling.connectivities)",
      "masks": sampling.count == nil ? "fresh" : "chosen",
    ]
    var more: [String: Tensor] = [:]
    func add(_ connectivity: Connectivity, _ prefix: String) {
      for (index, degrees) in connectivity.degrees.enumerated() {
        more["\(prefix)degrees.\(index)"] = degrees
      }
    }
    add(current.connectivity, "")
    for (index, choice) in current.choices.enumerated() {
      more["orders.\(index)"] = Tensor(choice.connectivity.order)
      add(choice.connectivity, "choices.\(index).")
    }
    try StudentFile.write(self, "made", metadata.merging(own) { $1 }, more, to: url)
  }
}
