import Networks
import Predictive
import StudentRuntime
import Tensors

extension StudentGraph {
  /// A compact predictive: probabilities of classes, means, or, of a number or a count, the weights of
  /// a mixture and then its means and, of numbers, deviations.
  ///
  /// - Throws: ``ExportError`` for a density, which has no inputs, and for a family of one's own that is
  ///   not ``Exportable``.
  public init(_ student: CompactStudent) throws {
    self.init(features: max(1, student.inputs.count))
    let constant = student.hasIntercept
    switch student.family {
    case .logistics(let mixture):
      let (rows, biases) = Self.split(mixture.coefficients.value, constant)
      // P(0 | x) from −w, so that neither is what rounding left of 1.
      try append(
        .linear(weights: rows + rows.map(-), biases: biases + biases.map(-)),
        outputs: 2 * mixture.components,
        mixture.link == .logistic ? .sigmoid : .normalCumulative
      )
      let (a, none) = (mixture.weights, mixture.weights.map { _ in 0.0 })
      try append(.linear(weights: Self.single(none + a + a + none), biases: [0, 0]), outputs: 2)
    case .softmaxes(let mixture):
      let (count, classes) = (mixture.components, mixture.classes)
      let (rows, biases) = Self.split(mixture.coefficients.value, constant)
      try append(.linear(weights: rows, biases: biases), outputs: count * classes)
      try append(.softmax(groups: count), outputs: count * classes)
      var sums = [Float](repeating: 0, count: classes * count * classes)
      for (component, weight) in mixture.weights.enumerated() {
        for index in 0..<classes {
          sums[(index * count + component) * classes + index] = Float(weight)
        }
      }
      let zeros = [Float](repeating: 0, count: classes)
      try append(.linear(weights: sums, biases: zeros), outputs: classes)
    case .regressions(let mixture):
      try append(mixture, constant)
    case .network(let network):
      try append(network.body)
      if network.quantity != .means { ending = logitCount == 1 ? .sigmoidPair : .softmax }
    case .densityNetwork(let network):
      try append(network.body)
      ending = network.outcome == .normal ? .normalMixture : .poissonMixture
    case .dirichlet(let network):
      try append(network.body)
      try append(.factor(1 / DirichletNetwork.limit, logitCount), outputs: logitCount, .tanh)
      try append(.factor(DirichletNetwork.limit, logitCount), outputs: logitCount)
      ending = .softmax
    case .normal:
      throw ExportError(
        "what one normal predicts is no network, because its spread depends on the inputs: its "
          + "student.json says all there is; export a mixture, such as --family medoids"
      )
    case .own(let form):
      guard let form = form as? any Exportable else {
        throw ExportError(
          "the family '\(type(of: form).family)' does not say how it is exported, by being Exportable: "
            + "its student.json says all there is"
        )
      }
      try form.append(to: &self)
    case .gaussians, .students:
      throw ExportError("a density has no inputs: its student.json says all there is")
    }
    classes = student.classes
    provenance["formula"] = student.description
    provenance["inputs"] = try Self.json(student.inputs)
  }

  /// Weights that do not depend on the inputs, and means that do.
  private mutating func append(_ mixture: MixtureOfRegressions, _ hasIntercept: Bool) throws {
    let (rows, biases) = Self.split(mixture.coefficients.value, hasIntercept)
    let zeros = [Float](repeating: 0, count: rows.count)
    let logits = Self.single(mixture.logWeights.value.scalars())
    let isNormal = mixture.outcome == .normal
    let deviations = isNormal ? Self.single(mixture.logDeviations.value.scalars()) : []
    try append(
      .linear(
        weights: zeros + rows + (isNormal ? zeros : []),
        biases: logits + biases + deviations
      ),
      outputs: (isNormal ? 3 : 2) * mixture.components
    )
    ending = isNormal ? .normalMixture : .poissonMixture
  }

  /// Coefficients `[…, inputs]` as rows and the biases that their last column is, if it is.
  private static func split(_ coefficients: Tensor, _ hasIntercept: Bool) -> ([Float], [Float]) {
    let width = coefficients.shape.last!
    let rows = coefficients.reshaped(to: [-1, width])
    guard hasIntercept else {
      return (single(rows.scalars()), [Float](repeating: 0, count: rows.shape[0]))
    }
    return (
      single(rows.slicing(0..<width - 1, along: 1).scalars()),
      single(rows.selecting(width - 1, along: 1).scalars())
    )
  }

  private static func single(_ numbers: [Double]) -> [Float] { numbers.map { Float($0) } }
}

extension StudentGraph.Kind {
  /// A product of features with one number.
  fileprivate static func factor(_ factor: Double, _ count: Int) -> Self {
    .convolution(
      StudentGraph.Window(groups: count),
      weights: [Float](repeating: Float(factor), count: count),
      biases: [Float](repeating: 0, count: count)
    )
  }
}

extension CompactStudent {
  /// What the graph of a student answers, by the student itself in double precision.
  ///
  /// - Parameter inputs: `[count, inputs]`.
  public func exportedAnswers(at inputs: Tensor) throws -> [Float] {
    switch try predictions(at: inputs) {
    case .classes(let logs): logs.exponential.cast(to: .float32).scalars()
    case .means(let means): means.cast(to: .float32).scalars()
    case .outcomes(let outcomes):
      outcomes.flatMap { outcome in
        switch outcome {
        case .normals(let weights, let means, let deviations):
          (weights + means + deviations).map { Float($0) }
        case .poissons(let weights, let means): (weights + means).map { Float($0) }
        }
      }
    }
  }
}
