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
          offer.use = world.use(offer, isAlone: arm.isAlone)
          let teacher = GraphRepetition.file(GraphRepetition.teacherFile, index)
          offer.teacher = [run.folder.file("\(teacher).safetensors")]
          return offer
        }
      }
    }
  }
}

extension GraphWorld {
  /// A student that is asked about texts, or, where it listens to neighbours, about the nodes that were
  /// held out.
  fileprivate func use(_ offer: OfferedNetwork, isAlone: Bool) -> any FieldUse {
    guard isAlone else {
      let network = classifier(offer.network, whole: true)
      func refused(_ path: String) -> RunError {
        RunError(
          "a network that listens to neighbours says nothing of '\(path)', which is no part of its graph: "
            + "leave --data out for the run's held-out nodes, or name a student without a graph"
        )
      }
      return ClassifierUse(
        WordNet.topics,
        own: .init(heldOut.inputs, labels: heldOut.labels),
        read: { throw refused($0) },
        labelled: { path, _ in throw refused(path) },
        logits: { network($0) }
      )
    }
    return ClassifierUse(
      ofTexts: WordNet.topics,
      orRowsOf: recipe.features,
      own: .init(offer.inputs, labels: heldOut.labels),
      inputs: { words($0) },
      logits: { offer.network($0) }
    )
  }
}
