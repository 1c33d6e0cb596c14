import Distill
import Foundation
import Runs

/// The captions of an experiment, and which stamps serve for what: captions of one stamp say the same,
/// so they are always on one side.
package struct LanguageWorld {
  package let recipe: LanguagesExperiment
  package let device: Device
  package let classes: [String]
  /// Stamps that are told in the teachers' languages, and some of them in the students'.
  package let training: [ParallelCaptions.Stamp]
  /// Stamps that teachers see in no language, and students without their classes.
  package let unlabelled: [ParallelCaptions.Stamp]
  package let validation: [ParallelCaptions.Stamp]
  package let test: [ParallelCaptions.Stamp]

  /// - Throws: `RunError` or `FileError` when the data are missing, damaged, or too few.
  package init(_ recipe: LanguagesExperiment, seed: UInt64, on device: Device) throws {
    (self.recipe, self.device) = (recipe, device)
    let captions = try ParallelCaptions(recipe.dataFiles()[0])
    for language in recipe.related + recipe.languages
    where !captions.languages.contains(language) {
      throw RunError(
        "'\(recipe.data)' has no captions in '\(language)'; it has "
          + captions.languages.joined(separator: ", ")
      )
    }
    let counts = Dictionary(grouping: captions.stamps, by: \.label).mapValues(\.count)
    let frequent = counts.filter { $0.value >= recipe.fewest }.keys.sorted()
    let spoken = recipe.related + recipe.languages
    let stamps = captions.stamps.filter { stamp in
      frequent.contains(stamp.label) && spoken.contains { stamp.captions[$0] != nil }
    }.map { stamp in
      ParallelCaptions.Stamp(
        name: stamp.name,
        label: frequent.firstIndex(of: stamp.label)!,
        captions: stamp.captions
      )
    }
    classes = frequent.map { captions.classes[$0] }
    let held = recipe.test + recipe.validation + recipe.unlabelled
    guard classes.count > 1, held + recipe.labels <= stamps.count else {
      throw RunError(
        "\(grouped(stamps.count)) stamps of \(classes.count) classes are too few for "
          + "\(recipe.test) of test, \(recipe.validation) of validation, \(recipe.unlabelled) without "
          + "labels and \(recipe.labels) with: ask for fewer, or set fewest lower"
      )
    }
    let order = Tensor.permutation(stamps.count, using: RandomGenerator(seed: seed))
    let drawn = order.scalars(Int.self).map { stamps[$0] }
    test = Array(drawn[..<recipe.test])
    validation = Array(drawn[recipe.test..<(recipe.test + recipe.validation)])
    unlabelled = Array(drawn[(recipe.test + recipe.validation)..<held])
    training = Array(drawn[held...])
    for language in recipe.languages {
      let parts = [(test, 2), (validation, 1), (unlabelled, 2), (training, recipe.labels)]
      guard
        parts.allSatisfy({ part, least in part.count { $0.captions[language] != nil } >= least })
      else {
        throw RunError(
          "'\(language)' has too few captions for \(recipe.labels) with labels and some without, of "
            + "validation and of test: ask for fewer labels, or leave the language out"
        )
      }
    }
  }

  /// Captions of stamps in a language, with their classes.
  package func examples(_ language: String, _ stamps: [ParallelCaptions.Stamp]) -> Examples {
    let own = stamps.filter { $0.captions[language] != nil }
    return Examples(
      encoded(own.map { $0.captions[language]! }),
      labels: Tensor(own.map(\.label), on: device)
    )
  }

  /// Captions as networks see them.
  package func encoded(_ captions: [String]) -> Tensor {
    ByteTexts.encoded(captions.map { $0.lowercased() }, length: recipe.length, on: device)
  }

  /// The captions of a language whose classes are told in a repetition.
  package func labelled(_ language: String, seed: UInt64) -> Examples {
    let own = training.filter { $0.captions[language] != nil }
    let place = recipe.languages.firstIndex(of: language)!
    let generator = RandomGenerator(seed: mixed(seed, place))
    let drawn = Tensor.permutation(own.count, using: generator).scalars(Int.self)
    return examples(language, drawn.prefix(recipe.labels).map { own[$0] })
  }

  /// What the teachers of a repetition learn from: all languages together.
  package func joint(seed: UInt64) -> Examples {
    let told = recipe.languages.flatMap { language in
      [Examples](repeating: labelled(language, seed: seed), count: recipe.emphasis)
    }
    let parts = recipe.related.map { examples($0, training) }.filter { $0.count > 0 } + told
    return Examples(
      .concatenated(parts.map(\.inputs)),
      labels: .concatenated(parts.map { $0.labels! })
    )
  }

  package func teacher(_ kind: LanguageTeacher, seed: UInt64) -> any Module {
    let generator = RandomGenerator(seed: seed, on: device)
    return switch kind {
    case .ngrams: ByteNGrams(classes: classes.count, rows: recipe.teacherRows, on: device)
    case .convolutions:
      ByteConvolutions(
        classes: classes.count,
        width: 24,
        filters: recipe.filters,
        using: generator
      )
    case .recurrent:
      ByteRecurrence(classes: classes.count, width: 24, hidden: recipe.hidden, using: generator)
    }
  }

  package func student() -> ByteNGrams {
    ByteNGrams(classes: classes.count, rows: recipe.studentRows, on: device)
  }

  package var summary: String {
    "\(training.count) stamps of \(classes.count) classes with captions in \(recipe.related.count) "
      + "languages; \(recipe.labels) of them are told in each of \(recipe.languages.count) others, "
      + "whose students see \(unlabelled.count) more stamps without their classes; \(validation.count) "
      + "stamps of validation and \(test.count) of test, seen in no language"
  }
}
