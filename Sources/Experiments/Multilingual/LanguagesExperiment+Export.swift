import Distill
import Foundation
import Runs

extension LanguagesExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    languages.flatMap { language in
      students.reversed().flatMap { arm in
        (0..<seeds).map { index in
          OfferedStudent(
            LanguageTraining.file(language, arm, index),
            lesson: "\(language), \(arm.rawValue)"
          ) {
            try LanguageWorld(self, seed: run.seed, on: run.device).offered(language)
          }
        }
      }
    }
  }
}

extension LanguageWorld {
  /// A student, asked about captions.
  fileprivate func offered(_ language: String) -> OfferedNetwork {
    let (network, own) = (student(), examples(language, test))
    var offer = OfferedNetwork(
      network,
      shape: [recipe.length],
      answers: .classes(classes),
      on: own.inputs
    )
    offer.use = ClassifierUse(
      ofTexts: classes,
      own: .init(own.inputs, labels: own.labels),
      inputs: encoded,
      logits: { network($0) }
    )
    return offer
  }
}
