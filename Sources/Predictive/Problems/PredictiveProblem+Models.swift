import Exchange
import Foundation
import Mathematics
import Tensors

extension PredictiveProblem {
  /// The problem of a model whose draws are laid out as a file or a sampler has them.
  ///
  /// - Parameters:
  ///   - layout: What a draw holds.
  ///   - data: The inputs, where there are any.
  package init(
    _ plan: PredictivePlan,
    _ layout: DrawLayout,
    _ data: PredictiveData?
  ) throws {
    switch plan.model {
    case .mixture: try self.init(mixture: plan.draws, layout)
    case .samples:
      self.init(
        model: ClosureModel(dimension: layout.weights, inputs: 1, outputs: 1, .means) { _, _ in [0]
        },
        scaling: InputScaling(inputs: 0, variance: 1, hasIntercept: false),
        inputNames: [],
        classes: [],
        change: { $0 },
        rows: nil
      )
    case .values: try self.init(values: plan, layout, data)
    case .outcomes: try self.init(outcomes: layout, data)
    case .softmax: try self.init(softmax: layout, plan, data)
    default: try self.init(predictor: plan, layout, data)
    }
    let change = change
    self.change = { draw in
      try PredictiveData.checkRange(ofDraw: draw)
      let moved = try change(draw)
      try PredictiveData.checkRange(ofDraw: moved)
      return moved
    }
  }

  private init(mixture options: DrawOptions, _ layout: DrawLayout) throws {
    let count = layout.weights
    func known(_ text: String?, _ name: String) throws -> [Double]? {
      guard let text, let values = numberList(text) else { return nil }
      guard values.count == count,
        values.allSatisfy({ $0 > 0 && $0 < PredictiveData.largest })
      else {
        throw RunError("--\(name) \(text): needs \(count) positive numbers")
      }
      return values
    }
    guard options.deviations != nil else {
      throw RunError(
        "--model mixture needs the standard deviations of its \(count) components: --deviations "
          + "with a variable of the draws or with numbers"
      )
    }
    let weights =
      try known(options.weights, "weights")
      ?? (options.weights == nil ? [Double](repeating: 1, count: count) : nil)
    let deviations = try known(options.deviations, "deviations")
    self.init(
      model: GaussianMixtureModel(components: count, weights: weights, deviations: deviations),
      scaling: InputScaling(inputs: 0, variance: 1, hasIntercept: false),
      inputNames: [],
      classes: [],
      change: { draw in
        guard draw.dropFirst(count).allSatisfy({ $0 > 0 }) else {
          throw RunError("a weight or standard deviation among the draws is not positive")
        }
        return draw
      },
      rows: nil
    )
  }

  private init(
    values plan: PredictivePlan,
    _ layout: DrawLayout,
    _ data: PredictiveData?
  ) throws {
    guard let data else {
      throw RunError(
        "--model values needs the inputs that the values are of: name them by --data"
      )
    }
    let columns = layout.weights / data.count
    guard layout.weights == columns * data.count, columns > 0, layout.shape.first == data.count
    else {
      throw RunError(
        "the values have shape \(layout.shape) for \(data.count) rows of data: they must be "
          + "[rows] or [rows, classes]"
      )
    }
    let isOfClasses = plan.draws.values == .probabilities
    let count = columns == 1 ? 2 : columns
    let scaling = InputScaling(of: data.rows, hasIntercept: true)
    let order = try isOfClasses ? ClassOrder(plan, data, count) : nil
    self.init(
      model: TabulatedModel(rows: data.count, columns: columns, plan.draws.values),
      scaling: scaling,
      inputNames: data.names,
      classes: order?.names ?? [],
      change: { draw in
        guard !isOfClasses || draw.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
          throw RunError("a value among the draws is not a probability: say --values means")
        }
        return draw
      },
      rows: scaling.scaled(data.rows)
    )
  }

  private init(outcomes layout: DrawLayout, _ data: PredictiveData?) throws {
    guard let data else {
      throw RunError(
        "--model outcomes needs the inputs that the outcomes are of: name them by --data; outcomes "
          + "without inputs are --model samples"
      )
    }
    guard layout.weights == data.count else {
      throw RunError(
        "a draw holds \(grouped(layout.weights)) outcomes for \(grouped(data.count)) rows of data: "
          + "it must have one for each row, in their order"
      )
    }
    let scaling = InputScaling(of: data.rows, hasIntercept: true)
    self.init(
      model: TabulatedOutcomes(rows: data.count),
      scaling: scaling,
      inputNames: data.names,
      classes: [],
      change: { $0 },
      rows: scaling.scaled(data.rows)
    )
  }

  private init(
    softmax layout: DrawLayout,
    _ plan: PredictivePlan,
    _ data: PredictiveData?
  ) throws {
    guard layout.shape.count == 2 else {
      throw RunError(
        "softmax regression needs weights [classes, inputs], not of shape \(layout.shape)"
      )
    }
    let isTransposed = data.map {
      $0.names.count == layout.shape[0] && $0.names.count != layout.shape[1]
    }
    let (classes, inputs) =
      isTransposed == true
      ? (layout.shape[1], layout.shape[0]) : (layout.shape[0], layout.shape[1])
    let hasIntercept = layout.intercept > 0
    guard !hasIntercept || layout.intercept == classes else {
      throw RunError(
        "the intercept has \(layout.intercept) numbers for \(classes) classes: give each class one, "
          + "zeros for a class of reference"
      )
    }
    let (scaling, rows) = try place(plan.data, data, inputs, hasIntercept)
    self.init(
      model: SoftmaxModel(classes: classes, inputs: scaling.dimension),
      scaling: scaling,
      inputNames: data?.names ?? (1...inputs).map { "x\($0)" },
      classes: try ClassOrder(plan, data, classes).names,
      change: { draw in
        (0..<classes).flatMap { c in
          let row = (0..<inputs).map { j in
            draw[isTransposed == true ? j * classes + c : c * inputs + j]
          }
          return scaling.scaledCoefficients(
            row + (hasIntercept ? [draw[classes * inputs + c]] : [])
          )
        }
      },
      rows: rows
    )
  }

  private init(
    predictor plan: PredictivePlan,
    _ layout: DrawLayout,
    _ data: PredictiveData?
  ) throws {
    guard layout.intercept <= 1 else {
      throw RunError("the intercept must be a single number in each draw")
    }
    let hasIntercept = layout.intercept == 1
    let (scaling, rows) = try place(plan.data, data, layout.weights, hasIntercept)
    let outcome: LinearPredictorModel.Outcome
    switch plan.model {
    case .probit: outcome = .probit
    case .poisson: outcome = .poisson
    case .linear:
      guard layout.knownNoise != nil || layout.hasNoise else {
        throw RunError(
          "linear regression needs its noise: --noise with a variable of the draws or with a number"
        )
      }
      if layout.hasFreedom || layout.knownFreedom != nil {
        outcome = .linearWithTails
      } else {
        outcome = layout.knownNoise.map { .linear(noise: $0) } ?? .linearWithNoise
      }
    default: outcome = .logistic
    }
    let isOfClasses = outcome == .logistic || outcome == .probit
    let order = try isOfClasses ? ClassOrder(plan, data, 2, isChoiceOfTwo: true) : nil
    let count = layout.weights + layout.intercept
    self.init(
      model: LinearPredictorModel(outcome, inputs: scaling.dimension),
      scaling: scaling,
      inputNames: data?.names ?? (1...layout.weights).map { "x\($0)" },
      classes: order?.names ?? [],
      change: { draw in
        var rest = draw.dropFirst(count)
        var noise: [Double] = []
        if outcome == .linearWithNoise || outcome == .linearWithTails {
          noise.append(layout.knownNoise ?? rest.removeFirst())
        }
        if outcome == .linearWithTails { noise.append(layout.knownFreedom ?? rest.removeFirst()) }
        for (value, name) in zip(noise, ["noise", "degrees of freedom"]) where !(value > 0) {
          throw RunError("a draw has \(value) for the \(name), which must be positive")
        }
        return scaling.scaledCoefficients(draw.prefix(count)) + noise
      },
      rows: rows
    )
    remarks = order?.remarks ?? []
  }
}

/// The coordinates of the inputs at which to distil, and the rows of the data in them.
private func place(
  _ options: PredictiveDataOptions,
  _ data: PredictiveData?,
  _ inputs: Int,
  _ hasIntercept: Bool
) throws -> (InputScaling, Tensor?) {
  if let data, data.names.count != inputs {
    throw RunError(
      "the draws have \(inputs) weights and the data \(data.names.count) inputs "
        + "(\(data.names.prefix(12).joined(separator: ", "))): leave columns out by --ignore, name "
        + "the outcome by --outcome and the variable of the intercept by --intercept"
    )
  }
  switch options.inputs ?? (data == nil ? nil : .rows) {
  case nil:
    throw RunError(
      "say where to distil: --data with a table of inputs, or --inputs gaussian:VARIANCE"
    )
  case .gaussian(let variance):
    return (InputScaling(inputs: inputs, variance: variance, hasIntercept: hasIntercept), nil)
  case .rows:
    guard let data else { throw RunError("--inputs data needs --data with a table of inputs") }
    let scaling = InputScaling(of: data.rows, hasIntercept: hasIntercept)
    return (scaling, scaling.scaled(data.rows))
  }
}
