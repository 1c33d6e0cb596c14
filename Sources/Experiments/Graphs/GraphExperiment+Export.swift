import Distill
import Foundation
import Runs

extension GraphExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // Those without a graph first, and the taught ones of these.
    let offered = arms.filter(\.isAlone).reversed() + arms.filter { !$0.isAlone }
    return offered.flatMap { arm in
      (0..<seeds).map { index in
        OfferedStudent(GraphRepetition.file(arm.fileName, index), lesson: arm.name) {
          let world = try GraphWorld(self, seed: run.seed, on: run.device)
          var offer = OfferedNetwork(
            world.student(isAlone: arm.isAlone, seed: 0),
            shape: [features],
            answers: .classes(WordNet.topics),
            on: world.features[rows: world.heldOut.inputs]
          )
          offer.facts = [
            "model": "mlp:\(features)-\(aloneHidden)-\(GraphWorld.classes)",
            "takes":
              "the hashed words of a text, by HashedWords of width \(features), weighted by the texts "
              + "of the nodes that are seen in training",
          ]
          let teacher = GraphRepetition.file(GraphRepetition.teacherFile, index)
          offer.teacher = [run.folder.file("\(teacher).safetensors")]
          return offer
        }
      }
    }
  }
}
