import Distill
import Foundation
import Runs

extension PredictiveFashionMNIST: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // What learnt from the chain before the control.
    FashionSeed.Arm.allCases.flatMap { arm in
      (1...seeds).map { seed in
        OfferedStudent(arm.file(seed), lesson: arm.lesson) { try offered() }
      }
    }
  }

  private func offered() throws -> OfferedNetwork {
    let test = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: data), .test)
    let widths = [784] + hidden + [10]
    var offer = OfferedNetwork(
      MLP(widths, activation: .relu, using: RandomGenerator(seed: 0)),
      shape: [784],
      answers: .classes(test.classes),
      on: test.images
    )
    offer.facts = [
      "model": "mlp:" + widths.map(String.init).joined(separator: "-"),
      "takes": "the pixels of an image from 0 to 1, row by row",
    ]
    (offer.labels, offer.fileShape) = (test.labels, [1, 28, 28])
    return offer
  }
}
