import Distill
import Foundation
import Runs

extension CompressionExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // Those that saw the most images, and the most of the teacher, first.
    images.reversed().flatMap { count in
      CompressionArm.all(self, images: count).reversed().flatMap { arm in
        (0..<seeds).map { index in
          OfferedStudent(
            CompressionRegime.fileName(count, arm, index),
            lesson: "\(grouped(count)) images, \(arm.name)"
          ) { try offered(run, images: count) }
        }
      }
    }
  }

  private func offered(_ run: Run, images count: Int) throws -> OfferedNetwork {
    let all = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: data), .test)
    let test = chosen(all, on: run.device)
    let widths = [test.inputs.shape[1]] + studentHidden + [outputs]
    var offer = OfferedNetwork(
      MLP(widths, using: RandomGenerator(seed: 0, on: run.device)),
      shape: [widths[0]],
      answers: .classes(classes.isEmpty ? all.classes : classes.map { all.classes[$0] }),
      on: test.inputs
    )
    offer.facts = [
      "model": "mlp:" + widths.map(String.init).joined(separator: "-"),
      "takes": "the pixels of an image from 0 to 1, row by row",
    ]
    (offer.labels, offer.fileShape) = (test.labels, [1, 28, 28])
    offer.teacher = (1...members).map { run.folder.file("\(count)-member-\($0).safetensors") }
    return offer
  }
}
