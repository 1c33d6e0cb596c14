import Distill
import Foundation
import Runs

/// How teachers and students do on the test stamps, which nothing was chosen by.
package struct LanguageMeasurement {
  package let world: LanguageWorld
  package let choice: LanguageChoice
  /// `[seed][kind]`.
  package let teachers: [[any Module]]
  /// `[arm][language][seed]`.
  package let students: [[[any Module]]]
  /// Of the ensemble and of each arm, language and seed whether each test stamp's caption was
  /// understood; nil where there is none.
  private let ensemble: [[[Double?]]]
  private let understood: [[[[Double?]]]]
  /// Accuracies of each arm on the validation stamps, the mean over languages and seeds.
  package let validation: [Double]
  /// The share of captions without labels that the ensemble classifies rightly, of all and of the kept
  /// ones, the mean over languages and seeds.
  package let unlabelled: (all: Double, kept: Double)

  package init(
    _ world: LanguageWorld,
    _ choice: LanguageChoice,
    _ teachers: [[any Module]],
    _ students: [[[any Module]]]
  ) throws {
    (self.world, self.choice, self.teachers, self.students) = (world, choice, teachers, students)
    let languages = world.recipe.languages
    func right(
      _ teacher: any Teacher,
      _ language: String,
      _ stamps: [ParallelCaptions.Stamp]
    ) throws -> [Double?] {
      let said = try ClassPredictions(of: teacher, on: world.examples(language, stamps))
      var values = said.correctness.scalars(Double.self)[...]
      return stamps.map { $0.captions[language] == nil ? nil : values.removeFirst() }
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    ensemble = try languages.map { language in
      try teachers.map { try right(Ensemble($0), language, world.test) }
    }
    understood = try students.map { arm in
      try zip(languages, arm).map { language, networks in
        try networks.map { try right(ModuleTeacher($0), language, world.test) }
      }
    }
    validation = try students.map { arm in
      mean(
        try zip(languages, arm).flatMap { language, networks in
          try networks.map { network in
            mean(try right(ModuleTeacher(network), language, world.validation).compactMap { $0 })
          }
        }
      )
    }
    var (all, kept): ([Double], [Double]) = ([], [])
    for language in languages {
      for members in teachers {
        let examples = world.examples(language, world.unlabelled)
        let said = try Lesson.said(members, about: examples.inputs)
        let isRight = (said.indexOfMaximum(along: 1) .== examples.labels!).cast(to: .float64)
        let order = said.maximum(along: 1).sorted(descending: true).indices
        let count = max(1, Int(Double(order.count) * choice.kept))
        all.append(isRight.mean().doubleValue)
        kept.append(isRight[rows: order[0..<count]].mean().doubleValue)
      }
    }
    unlabelled = (mean(all), mean(kept))
  }

  private var control: Int { world.recipe.students.firstIndex(of: .labels)! }

  /// The taught arm that understands most of the validation stamps: what the certificate's word is about.
  package var best: Int {
    world.recipe.students.indices.filter { $0 != control }.max { validation[$0] < validation[$1] }!
  }

  /// In one language, over seeds and stamps.
  private func estimate(_ values: [[Double?]]) -> Measured {
    Measured(Tensor(values.map { $0.compactMap { $0 } }))
  }

  /// Over all languages: of each stamp the mean over those that have a caption for it, since captions of
  /// one stamp succeed and fail together.
  private func estimate(all values: [[[Double?]]]) -> Measured {
    let seeds = values[0].indices
    let rows = seeds.map { seed in
      world.test.indices.compactMap { stamp -> Double? in
        let known = values.compactMap { $0[seed][stamp] }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
      }
    }
    return Measured(Tensor(rows))
  }

  private func less(_ arm: Int) -> [[[Double?]]] {
    zip(understood[arm], understood[control]).map { own, other in
      zip(own, other).map { zip($0, $1).map { own, other in own.map { $0 - other! } } }
    }
  }

  /// Accuracy of the ensemble; of a language, or of all.
  package func ensemble(_ language: Int?) -> Measured {
    language.map { estimate(ensemble[$0]) } ?? estimate(all: ensemble)
  }

  package func accuracy(_ arm: Int, _ language: Int?) -> Measured {
    language.map { estimate(understood[arm][$0]) } ?? estimate(all: understood[arm])
  }

  /// How much more of the captions it understands than the control does; nil of the control.
  package func gain(_ arm: Int, _ language: Int?) -> Measured? {
    guard arm != control else { return nil }
    return language.map { estimate(less(arm)[$0]) } ?? estimate(all: less(arm))
  }

  /// Captions that are classified in a second, all test captions of a language at once.
  package func captionsPerSecond(_ teacher: any Teacher) throws -> Double {
    let inputs = world.examples(world.recipe.languages[0], world.test).inputs
    let time = try microseconds(5) { _ = try teacher.observe(inputs).values.sum().doubleValue }
    return Double(inputs.shape[0]) / (time * 1e-6)
  }
}
