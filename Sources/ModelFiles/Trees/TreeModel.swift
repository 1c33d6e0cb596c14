import Distillation
import Exchange
import Foundation
import Tensors

/// An ensemble of trees as a model: what its sums mean.
public struct TreeModel: Sendable {
  /// What becomes of the sums.
  enum Outcome: Sendable {
    /// Logits of classes, times a slope; one output is that of class 1 against class 0.
    case logits(slope: Double)
    /// A probability for each class apart, σ(slope · sum), brought to a sum of 1.
    case oneVersusAll(slope: Double)
    case probabilities
    case reals(Link)
  }

  /// From a sum to a real number.
  enum Link: String, Sendable {
    case identity, exponential, sigmoid
    /// sign(s) · s²
    case square
    /// log(1 + exp(s))
    case softplus
  }

  public private(set) var ensemble: TreeEnsemble
  /// What the sums start from, one for each output.
  let base: [Double]
  let outcome: Outcome
  /// Of the library, for people.
  public let source: String
  /// In the order of the inputs; nil where the file has none.
  public var featureNames: [String]?
  /// In the order of the outputs; nil where the file has none.
  public var classes: [String]?

  init(
    _ ensemble: TreeEnsemble,
    base: [Double],
    outcome: Outcome,
    source: String,
    featureNames: [String]? = nil
  ) {
    self.ensemble = ensemble
    self.base = base
    self.outcome = outcome
    self.source = source
    // Names that count the columns say nothing of them.
    let areNumbered =
      featureNames.map { names in
        names.enumerated().allSatisfy { index, name in
          name.hasSuffix("\(index)") && name.dropLast("\(index)".count).allSatisfy { !$0.isNumber }
        }
      } ?? true
    self.featureNames = areNumbered ? nil : featureNames
  }

  /// What the values are.
  public var meaning: Observation.Meaning {
    switch outcome {
    case .logits: .logits
    case .oneVersusAll, .probabilities: .probabilities
    case .reals: .reals
    }
  }

  /// The number of classes, two for one output; nil for real numbers.
  public var classCount: Int? {
    meaning.isOverClasses ? max(ensemble.outputCount, 2) : nil
  }

  /// What is given for every row, `[rows, outputs]`, `float32`: see ``meaning``.
  ///
  /// - Parameter rows: `[rows, features]`; NaN where a number is missing.
  public func values(of rows: Tensor) -> Tensor {
    let own = rows.comparedWithThresholds
    let outputs = ensemble.outputCount
    var sums = ensemble.sums(own, from: base)
    switch outcome {
    case .logits(let slope): if slope != 1 { for index in sums.indices { sums[index] *= slope } }
    case .probabilities: break
    case .oneVersusAll(let slope):
      for start in stride(from: 0, to: sums.count, by: outputs) {
        let each = sums[start..<start + outputs].map { 1 / (1 + exp(-slope * $0)) }
        let sum = each.reduce(0, +)
        for (index, one) in each.enumerated() {
          sums[start + index] = sum > 0 ? one / sum : 1 / Double(outputs)
        }
      }
    case .reals(let link): for index in sums.indices { sums[index] = link.value(sums[index]) }
    }
    return Tensor(sums.map { Float($0) }, shape: [own.shape[0], outputs]).moved(to: rows.device)
  }

  /// The same model for inputs that were changed, number by number and without changing their order.
  public func forInputs(changedBy change: (Tensor) throws -> Tensor) rethrows -> TreeModel {
    var result = self
    result.ensemble = try ensemble.forInputs(changedBy: change)
    return result
  }
}

extension TreeModel.Link {
  fileprivate func value(_ sum: Double) -> Double {
    switch self {
    case .identity: sum
    case .exponential: exp(sum)
    case .sigmoid: 1 / (1 + exp(-sum))
    case .square: sum.magnitude * sum
    case .softplus: sum > 30 ? sum : log1p(exp(sum))
    }
  }
}

extension TreeModel {
  /// The endings of files that hold trees alone. An ONNX model may be trees, too.
  public static var fileEndings: [String] {
    ModelFormat.known.all.filter { !$0.isOfGraphs }.map(\.name)
  }

  /// The trees of a file of XGBoost (`.json`, `.ubj`), of LightGBM (`.txt`), or of an ONNX model that is
  /// nothing else.
  ///
  /// - Throws: `FileError` when the file cannot be read, is damaged, or holds no trees.
  public init(contentsOf url: URL) throws {
    do {
      if case .trees(let read, _)? = ModelFormat.known[url.pathExtension.lowercased()]?.content {
        self = try read(url)
        return
      }
      guard let trees = try ModelGraph(contentsOf: url).trees else {
        throw FileError(url, "it is not trees alone", "read it as a graph of operators")
      }
      self = trees
    } catch let refusal as GraphBuilder.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    }
  }

  /// Whether a file begins as those of trees with its ending do.
  public static func isOne(_ url: URL) -> Bool {
    guard
      case .trees(_, let isBegun)? = ModelFormat.known[url.pathExtension.lowercased()]?.content,
      let handle = try? RegularFile.open(url), let head = try? handle.read(upToCount: 4096)
    else { return false }
    return isBegun(String(decoding: head, as: UTF8.self))
  }
}
