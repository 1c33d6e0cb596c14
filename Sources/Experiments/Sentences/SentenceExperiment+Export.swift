import Distill
import Foundation
import Runs

extension SentenceExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // The taught ones first.
    (students.filter(\.isTaught) + students.filter { !$0.isTaught }).flatMap { arm in
      (0..<seeds).map { index in
        OfferedStudent(SentenceTraining.file(arm, index), lesson: arm.rawValue) {
          try SentenceWorld(self, seed: run.seed, on: run.device).offered(arm)
        }
      }
    }
  }
}

extension SentenceWorld {
  /// A student, asked about the sentences of the test part.
  fileprivate func offered(_ arm: SentenceArm) throws -> OfferedNetwork {
    let (network, length) = (student(arm), recipe.length)
    let ids = tokenizer.padded(test.definitions, to: length, withTemplate: false)
    let width = teacher.configuration.width
    var offer = OfferedNetwork(
      network,
      weights: arm == .staticLabels ? classifier(of: network, seed: 0) : network,
      shape: [length],
      answers: .numbers(
        "an embedding of \(width) numbers; the cosine of the angle between two says how alike their "
          + "sentences are"
      ),
      on: ids.padded([(0, length - ids.shape[1])], with: -1)
    ) { network($0.cast(to: .int64)) }
    offer.use = SentenceUse(world: self, network: network)
    let folder = URL(fileURLWithPath: recipe.teacher)
    let rules = folder.appendingPathComponent("tokenizer.json")
    offer.facts = [
      "model": arm.isStatic
        ? "table of embeddings, width \(recipe.staticWidth)"
        : "transformer of \(recipe.layers) layers, width \(recipe.transformerWidth)",
      "takes":
        "the ids of a sentence's first \(length) tokens, without those that a template adds; -1 stands "
        + "behind the last one",
      "tokenizer": try HashedFiles(rules.path).sha256,
    ]
    offer.teacher = try recipe.teacherFiles()
    return offer
  }

  /// As all students of an arm are shaped.
  private func student(_ arm: SentenceArm) -> any Module {
    let (ids, width) = (tokenizer.idCount, teacher.configuration.width)
    guard arm.isStarted else { return freshStudent(arm, seed: 0) }
    return StaticEncoder(
      ids,
      width: min(recipe.staticWidth, width),
      outputs: width,
      using: RandomGenerator(seed: 0, on: device)
    )
  }
}
