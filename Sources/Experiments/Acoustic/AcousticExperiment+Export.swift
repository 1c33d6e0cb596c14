import Distill
import Foundation
import Runs

extension AcousticExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // That which the certificate is about first.
    students.reversed().flatMap { arm in
      (0..<seeds).map { index in
        OfferedStudent(AcousticTraining.file(arm, index), lesson: arm.rawValue) {
          try AcousticWorld(self, seed: run.seed, run).offered(run)
        }
      }
    }
  }

  /// What features are, for people.
  fileprivate var featureText: String {
    "log-mel energies of \(bands) bands from \(short(lowest)) to \(short(highest)) Hz, of frames of 25 "
      + "ms every 10 ms at \(rate) samples a second, less their mean over the utterance; beside them "
      + "their slopes over 5 frames, and the slopes of these"
  }
}

extension AcousticWorld {
  /// A student, from features on: these are not scaled.
  fileprivate func offered(_ run: Run) throws -> OfferedNetwork {
    let heard = test.inputs * scale.deviation + scale.mean
    let student = network(recipe.student, seed: 0)
    var offer = OfferedNetwork(
      student,
      shape: Array(heard.shape.dropFirst()),
      answers: .classesOfEach("frame", ["no speech"] + recipe.words),
      on: heard
    )
    offer.scaling = (scale.mean.scalars(), scale.deviation.scalars())
    offer.use = try use(student)
    offer.facts = [
      "model":
        "acoustic network, widths \(recipe.student.widths), recurrent \(recipe.student.recurrent)",
      "takes": "\(heard.shape[1]) frames of \(recipe.featureText)",
    ]
    offer.teacher = [run.folder.file("\(AcousticTraining.teacherFile).safetensors")]
    return offer
  }
}
