import Distill

/// Steps that match the derivatives of a teacher that was recorded with them.
var derivativeWorks: [Work] {
  [
    derivatives("derivatives-20", small, 20, .derivativeSquaredError),
    derivatives("derivatives-128", small, 128, .derivativeSquaredError),
    derivatives("derivatives-large-20", large, 20, .derivativeSquaredError),
    derivatives("projection-20", small, 20, .projectedDerivativeSquaredError()),
    derivatives("projection-128", small, 128, .projectedDerivativeSquaredError()),
  ]
}

private func derivatives(_ name: String, _ widths: [Int], _ size: Int, _ term: Loss) -> Work {
  Work(name: name) {
    let count = 1_280
    let teacher = try RecordedTeacher(
      of: Ensemble([perceptron([784, 100, 60, 10], .tanh, seed: 20)]),
      on: images(count),
      derivatives: true
    )
    let loss = .softCrossEntropy() + 0.1 * term
    let epoch = try epochs(
      perceptron(widths, seed: 10),
      loss,
      Examples(images(count)),
      size,
      teacher
    )
    guard term.needs.derivatives else { return Prepared(versions: [epoch]) }
    let check = try Distiller(perceptron(widths, seed: 10), minimizing: loss, using: Adam())
      .step(on: Batch(images(size)), toward: teacher.observation.first(size))
    return Prepared(check: check, versions: [epoch])
  }
}
