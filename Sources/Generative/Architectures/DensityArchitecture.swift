import Networks
import Tensors

/// A kind of student that gives densities, as text names it by its hidden layers: `made:1000-1000`.
/// Its values are students of that kind, without weights. The teacher tells how many inputs there
/// are.
///
/// ```swift
/// let student = try DensitySpecification("made:1000-1000").architecture.model(inputs: 784, seed: 1)
/// ```
public protocol DensityArchitecture: Sendable {
  /// A student of this kind as it is written, for refusals.
  static var example: String { get }

  /// Students of this kind as they are written, and what each is in a few words, for lists. The
  /// default is the example alone.
  static var notation: [(written: String, meaning: String)] { get }

  /// - Throws: `SpecificationError` in one sentence: see `ArchitectureText.refused(at:_:)`.
  init(_ text: ArchitectureText) throws

  /// Whether each step sees one order of the inputs of many, so that only losses fit that are sums
  /// over inputs. The default is no.
  var seesOneOrderOfMany: Bool { get }

  /// The student before its first step, with random weights.
  func model(inputs: Int, seed: UInt64) -> any StoredModel

  /// What a trained model stands for: by default itself.
  func finished(_ model: any StoredModel, seed: UInt64) -> any StoredModel
}

extension DensityArchitecture {
  public static var notation: [(written: String, meaning: String)] { [(example, "")] }
  public var seesOneOrderOfMany: Bool { false }
  public func finished(_ model: any StoredModel, seed: UInt64) -> any StoredModel { model }
}

extension Catalogue<any DensityArchitecture.Type> {
  /// The students of this package over binary inputs.
  public static var densities: Catalogue { standardDensities }
}

private let standardDensities = {
  var kinds = Catalogue<any DensityArchitecture.Type>()
  kinds.add("nade", NADEArchitecture.self)
  kinds.add("made", MADEArchitecture.self)
  kinds.add("deep-nade", DeepNADEArchitecture.self)
  return kinds
}()

extension ArchitectureText {
  /// The units of each hidden layer, no more than memory holds.
  func hiddenUnits() throws -> [Int] {
    guard layers.count <= 16 else { throw refused("there are at most 16 hidden layers") }
    let units = try layers.map { layer in
      guard let units = Int(layer.text), (1...100_000).contains(units),
        layer.text.allSatisfy(\.isNumber)
      else {
        throw refused(
          at: layer.place,
          "'\(layer.text)' is no number of hidden units, from 1 to 100,000"
        )
      }
      return units
    }
    guard zip(units, units.dropFirst()).reduce(0, { $0 + $1.0 * $1.1 }) <= 1_000_000_000 else {
      throw refused("there are more than a billion weights between hidden layers: take fewer units")
    }
    return units
  }

  /// Of how many orders of the inputs the student is a mixture: behind the comma, or one.
  func orders() throws -> Int {
    guard let suffix else { return 1 }
    let words = suffix.text.split(separator: ":", omittingEmptySubsequences: false)
    guard words.count == 2, words[0] == "orders", let orders = Int(words[1]),
      (1...1_000).contains(orders)
    else {
      throw refused(
        at: suffix.place,
        "behind the comma stands the number of orders, from 1 to 1,000, such as orders:8"
      )
    }
    return orders
  }
}
