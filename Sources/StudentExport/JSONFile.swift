import Foundation
import Networks
import StudentRuntime

extension StudentGraph {
  /// The student as one JSON object, for programs that do the arithmetic themselves.
  ///
  /// | field | is |
  /// |---|---|
  /// | `format`, `version` | `"distill student"`, 1 |
  /// | `shape` | that of one input: `[features]`, `[length, features]` or `[channels, height, width]` |
  /// | `mean`, `deviation` | (x − mean) / deviation comes first: none, or one for each feature or channel |
  /// | `operations` | each gives a value; value 0 is the scaled input, value i that of operation i |
  /// | `output` | which value is the answer |
  /// | `ending` | `values`, `softmax`, `sigmoidPair`, `normalMixture` or `poissonMixture`, done to it at the end |
  /// | `classes` | their names |
  /// | `provenance` | where the student comes from, by name |
  ///
  /// An operation has a `kind`, the values that are its `inputs`, the `shape` of what it gives and an
  /// `activation` of it. `linear` has `weights`, a row for each output over the input as it lies in
  /// memory, channels first, and `biases`; `scale` a weight and a bias for each feature or channel;
  /// `convolution`, `maxPool` and `meanPool` a `window` and, the first, `weights`
  /// `[filter][channel of the group][row][column]` and `biases`; of a sequence it has one row, which slides
  /// over the positions; `upsample` says how many `times` a pixel stands side by side and one below the
  /// other; `softmax` how many `groups` lie side by
  /// side; `sum` adds two inputs. `nade` gives log q of its input x, whose hidden units `activation`
  /// makes: `order` says which number of x comes when, and in that order are the rows of `weights` and
  /// `outputWeights`, `[input][hidden]`, and `visibleBiases`. `bernoulli` gives log P of bits x, the first
  /// input, by their logits z, the second: Σ x z − log(1 + exp z). `prefixes` is a sequence of what is
  /// known before each number of x in its `order`: at position i the i-th of `factors` times `biases` and
  /// the sum, over positions j before it, of x_j times row j of `weights` and row j of `masks`, if there
  /// are any. `rows` has `weights` and `biases` for each position, `[output][feature]`, and what a
  /// position gives is at the place that `order` says. `normalDensity` adds to its `constant` the log of
  /// the density of each number of the first input, by a mixture of normal distributions whose logits,
  /// means and logarithms of deviations are a position of the second. `logSum` is log(exp a + exp b).
  ///
  /// Sequences are `[length][features]`. `positionwise` is `linear` at each position; `layerNorm` has
  /// `weights`, `biases` and `epsilon`; `attention` reads queries, keys and values of all `heads` side by
  /// side, and sees what came before only where it `isCausal`, and of two inputs those positions only where
  /// the second is not 0; `lstm` and `gru` have `directions`, each
  /// with PyTorch's `inputWeights`, `stateWeights`, `inputBiases` and `stateBiases`; `embedding` has rows
  /// of `weights`; `shift` adds `weights`; `flatten` lays positions one after another; `sequence` makes
  /// positions of the pixels of an image, or of runs of features; `join` has the positions of its first
  /// input and then those of its second; `mean` is that over positions, and of two inputs Σ w x / Σ w, w
  /// being the second.
  public func jsonFile() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Document(self)) + Data("\n".utf8)
  }
}

extension StudentGraph {
  /// The `format` of ``jsonFile()``.
  public static let jsonFormat = "distill student"
}

private struct Document: Encodable {
  let format = StudentGraph.jsonFormat
  let version = 1
  let shape: [Int]
  let mean: [Float]
  let deviation: [Float]
  let operations: [Step]
  let output: Int
  let ending: String
  let classes: [String]
  let provenance: [String: String]

  init(_ graph: StudentGraph) {
    shape = graph.inputShape
    func spread(_ numbers: [Float]) -> [Float] {
      numbers.count == 1 ? .init(repeating: numbers[0], count: graph.inputShape[0]) : numbers
    }
    (mean, deviation) = (spread(graph.mean), spread(graph.deviation))
    let layouts = graph.layouts()
    operations = graph.operations.enumerated().map { index, operation in
      Step(operation, graph.lengths(of: index + 1, layouts[index + 1]))
    }
    output = graph.output
    ending = "\(graph.ending)"
    classes = graph.classes
    provenance = graph.provenance
  }
}

private struct Step: Encodable {
  struct Window: Encodable {
    let height, width, strideDown, strideRight, paddingTop, paddingLeft, groups: Int
    let dilationDown, dilationRight: Int

    init(_ window: StudentGraph.Window) {
      (height, width) = (window.height, window.width)
      (strideDown, strideRight) = (window.strideDown, window.strideRight)
      (paddingTop, paddingLeft) = (window.paddingTop, window.paddingLeft)
      groups = window.groups
      (dilationDown, dilationRight) = (window.dilationDown, window.dilationRight)
    }
  }

  var kind = ""
  let inputs: [Int]
  let shape: [Int]
  let activation: String
  var weights: Nested?
  var biases: Nested?
  var window: Window?
  var groups: Int?
  var times: Int?
  var order: [Int]?
  var outputWeights: Nested?
  var hiddenBiases: [Float]?
  var visibleBiases: [Float]?
  var epsilon: Float?
  var heads: Int?
  var isCausal: Bool?
  var directions: [Direction]?
  var masks: Nested?
  var factors: [Float]?
  var constant: Float?

  struct Direction: Encodable {
    let inputWeights, stateWeights: Nested
    let inputBiases, stateBiases: [Float]
  }

  /// - Parameter shape: Of what it gives.
  init(_ operation: StudentGraph.Operation, _ shape: [Int]) {
    inputs = operation.inputs
    self.shape = shape
    activation = "\(operation.activation)"
    switch operation.kind {
    case .linear(let weights, let biases), .positionwise(let weights, let biases):
      if case .linear = operation.kind { kind = "linear" } else { kind = "positionwise" }
      self.weights = Nested(weights, [biases.count, weights.count / biases.count])
      self.biases = Nested(biases, [biases.count])
    case .convolution(_, let weights, let biases) where operation.isPointwise:
      kind = "scale"
      self.weights = Nested(weights, [weights.count])
      self.biases = Nested(biases, [biases.count])
    case .convolution(let window, let weights, let biases):
      kind = "convolution"
      let area = window.height * window.width
      let channels = weights.count / biases.count / area
      self.weights = Nested(weights, [biases.count, channels, window.height, window.width])
      self.biases = Nested(biases, [biases.count])
      self.window = Window(window)
    case .maxPool(let window): (kind, self.window) = ("maxPool", Window(window))
    case .meanPool(let window): (kind, self.window) = ("meanPool", Window(window))
    case .sum: kind = "sum"
    case .flatten: kind = "flatten"
    case .sequence: kind = "sequence"
    case .mean: kind = "mean"
    case .upsample(let times): (kind, self.times) = ("upsample", times)
    case .join: kind = "join"
    case .bernoulli: kind = "bernoulli"
    case .layerNorm(let weights, let biases, let epsilon):
      (kind, self.epsilon) = ("layerNorm", epsilon)
      self.biases = Nested(biases, [biases.count])
      self.weights = Nested(weights, [weights.count])
    case .attention(let heads, let isCausal):
      (kind, self.heads, self.isCausal) = ("attention", heads, isCausal)
    case .embedding(let entries, let weights):
      kind = "embedding"
      self.weights = Nested(weights, [entries, weights.count / entries])
    case .shift(let numbers):
      kind = "shift"
      self.weights = Nested(numbers, shape)
    case .recurrence(let recurrence):
      kind = recurrence.cell.rawValue
      directions = recurrence.directions.map { part in
        Direction(
          inputWeights: Nested(part.inputWeights, [recurrence.rows, recurrence.inputs]),
          stateWeights: Nested(part.stateWeights, [recurrence.rows, recurrence.hidden]),
          inputBiases: part.inputBiases,
          stateBiases: part.stateBiases
        )
      }
    case .prefixes(let prefixes):
      kind = "prefixes"
      (order, factors) = (prefixes.order, prefixes.factors)
      biases = Nested(prefixes.biases, [prefixes.hidden])
      let shape = [prefixes.inputs, prefixes.hidden]
      weights = Nested(prefixes.weights, shape)
      if !prefixes.masks.isEmpty { masks = Nested(prefixes.masks, shape) }
    case .rows(let rows):
      (kind, order) = ("rows", rows.order)
      weights = Nested(rows.weights, [rows.positions, rows.outputs, rows.features])
      biases = Nested(rows.biases, [rows.positions, rows.outputs])
    case .normalDensity(let constant): (kind, self.constant) = ("normalDensity", constant)
    case .logSum: kind = "logSum"
    case .softmax(let count): (kind, groups) = ("softmax", count)
    case .nade(let nade):
      kind = "nade"
      order = nade.order
      weights = Nested(nade.weights, [nade.inputs, nade.hidden])
      outputWeights = Nested(nade.outputWeights, [nade.inputs, nade.hidden])
      (hiddenBiases, visibleBiases) = (nade.hiddenBiases, nade.visibleBiases)
    }
  }
}

/// Numbers as lists of lists.
private enum Nested: Encodable {
  case numbers([Float])
  case rows([Nested])

  init(_ numbers: [Float], _ shape: [Int]) {
    guard shape.count > 1 else {
      self = .numbers(numbers)
      return
    }
    let each = shape.dropFirst().reduce(1, *)
    self = .rows(
      (0..<shape[0]).map {
        Nested(Array(numbers[$0 * each..<($0 + 1) * each]), Array(shape.dropFirst()))
      }
    )
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .numbers(let numbers): try numbers.encode(to: encoder)
    case .rows(let rows): try rows.encode(to: encoder)
    }
  }
}
