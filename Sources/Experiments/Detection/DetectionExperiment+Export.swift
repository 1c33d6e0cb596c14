import Distill
import Foundation
import Runs

extension DetectionExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // That with the most terms first: the certificate is about it.
    students.sorted { $0.terms.count > $1.terms.count }.flatMap { arm in
      (0..<seeds).map { index in
        OfferedStudent(DetectionTraining.file(arm, index), lesson: arm.name) {
          try DetectionWorld(self, seed: run.seed, on: run.device).offered(run)
        }
      }
    }
  }
}

extension DetectionWorld {
  /// A student, whose answers are its maps as they are.
  fileprivate func offered(_ run: Run) throws -> OfferedNetwork {
    let strides = layout.grid.strides.map(String.init).joined(separator: ", ")
    let student = try student(seed: 0)
    var offer = OfferedNetwork(
      student,
      shape: Array(test.images.shape.dropFirst()),
      answers: .numbers(
        "\(layout.width) numbers for each of \(layout.grid.count) points, those of strides \(strides) one "
          + "after another, each row by row: the logits of the background and of the \(classes.count) "
          + "classes, then how many strides the left, top, right and bottom of a box are away from the "
          + "point, which is the middle of its square"
      ),
      on: test.images
    )
    offer.use = DetectionUse(world: self, detector: student, seed: run.seed)
    offer.facts = [
      "model": "detector, widths \(recipe.student.widths), pyramid \(recipe.student.pyramid)",
      "takes": "an image of \(recipe.side)×\(recipe.side) pixels from 0 to 1",
      "names": jsonText(["background"] + classes),
      "strides": jsonText(layout.grid.strides),
    ]
    offer.teacher = [run.folder.file("\(DetectionTraining.teacherFile).safetensors")]
    return offer
  }
}
