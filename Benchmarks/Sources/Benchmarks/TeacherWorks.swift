import Distill

/// What 30 networks say about 10,000 images, and what a student says about one.
var teacherWorks: [Work] {
  [
    Work(name: "ensemble") { try ensemble(.float32) },
    Work(name: "ensemble-bfloat16") { try ensemble(.bfloat16) },
    Work(name: "one-image") {
      let student = perceptron(small, seed: 10)
      let image = images(1)
      let fused = Ensemble([student])
      return Prepared(
        check: student(image).sum().doubleValue,
        versions: [
          Version(name: "student(image)", repeats: 1_000) {
            for _ in 0..<1_000 { _ = withoutGradient { student(image) } }
          },
          Version(name: "Ensemble of it", repeats: 1_000) {
            for _ in 0..<1_000 { _ = try fused.observe(image, .values) }
          },
        ]
      )
    },
  ]
}

private func ensemble(_ products: Products) throws -> Prepared {
  let networks = (0..<30).map { perceptron(large, seed: 100 + 3 * $0) }
  let teacher = Ensemble(networks, products: products)
  let inputs = images(10_000)
  let error = try teacher.largestProbabilityError(on: inputs)
  let first = try teacher.observe(inputs, .values).probabilities().selecting(0, along: 1)
  return Prepared(
    check: first.mean().doubleValue,
    note: error == 0 ? nil : "largest probability error \(error.formatted(decimals: 6))",
    versions: [
      Version(name: "Ensemble.observe") { _ = try teacher.observe(inputs, .values) }
    ]
  )
}

extension Double {
  func formatted(decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    return "\((self * scale).rounded() / scale)"
  }
}
