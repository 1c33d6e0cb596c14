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
            let world = try LanguageWorld(self, seed: run.seed, on: run.device)
            return OfferedNetwork(
              world.student(),
              shape: [length],
              answers: .classes(world.classes),
              on: world.examples(language, world.test).inputs
            )
          }
        }
      }
    }
  }
}
