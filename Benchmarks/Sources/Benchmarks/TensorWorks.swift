import Distill

/// What calling an operator and differentiating cost beside the arithmetic.
var tensorWorks: [Work] {
  [
    Work(name: "addition") {
      let (a, b) = (Tensor([1, 2, 3, 4] as [Float]), Tensor([5, 6, 7, 8] as [Float]))
      return Prepared(
        check: (a + b).sum().doubleValue,
        versions: [
          Version(name: "a + b", repeats: 10_000) { for _ in 0..<10_000 { _ = a + b } }
        ]
      )
    },
    Work(name: "gradient") {
      let student = perceptron(small, .gelu, seed: 10)
      let (inputs, targets) = (images(20), softTargets(20))
      let parameters = student.parameters
      func differentiate() -> (value: Tensor, gradients: [Tensor]) {
        valueWithGradients(of: parameters) {
          -(targets * student(inputs).logSoftmax()).sum(along: 1).mean()
        }
      }
      return Prepared(
        check: differentiate().value.doubleValue,
        versions: [
          Version(name: "valueWithGradients", repeats: 100) {
            for _ in 0..<100 { _ = differentiate() }
          }
        ]
      )
    },
  ]
}
