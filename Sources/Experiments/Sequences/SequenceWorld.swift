import Distill
import Foundation
import Runs

/// The text of an experiment, and what of it serves for what.
package struct SequenceWorld {
  package let recipe: SequencesExperiment
  package let device: Device
  package let vocabularies: [SequenceArm.Tokens: ByteVocabulary]
  /// What the teacher learns from; its students see the first of it.
  package let documents: [[UInt8]]
  package let validation: [[UInt8]]
  package let test: [[UInt8]]

  /// - Throws: `RunError` or `FileError` when the data are missing, damaged, or too few.
  package init(_ recipe: SequencesExperiment, seed: UInt64, on device: Device) throws {
    (self.recipe, self.device) = (recipe, device)
    let wordNet = try WordNet(URL(fileURLWithPath: recipe.data))
    // Synsets may have one gloss: what is held out is nowhere else.
    var seen: Set<String> = []
    let glosses = wordNet.synsets.map(\.gloss).filter { gloss in
      (1...recipe.longest).contains(gloss.utf8.count) && !gloss.contains("\n")
        && seen.insert(gloss).inserted
    }
    let wanted = recipe.validation + recipe.test + recipe.documents
    guard wanted <= glosses.count else {
      throw RunError(
        "\(grouped(wanted)) documents are wanted, and '\(recipe.data)' has \(grouped(glosses.count)) "
          + "different glosses of at most \(recipe.longest) bytes: ask for fewer, or allow longer ones"
      )
    }
    let order = Tensor.permutation(glosses.count, using: RandomGenerator(seed: seed))
    let drawn = order.scalars(Int.self).map { Array(glosses[$0].utf8) }
    let own = Array(drawn[(recipe.validation + recipe.test)..<wanted])
    documents = own
    let bytes = ByteVocabulary(bytesOf: own)
    // A byte that the teacher never saw has no token: such documents are left out, and counted.
    func known(_ documents: ArraySlice<[UInt8]>) -> [[UInt8]] {
      documents.filter { (try? bytes.encoded($0)) != nil }
    }
    validation = known(drawn[..<recipe.validation])
    test = known(drawn[recipe.validation..<(recipe.validation + recipe.test)])
    guard validation.count > 1, test.count > 1 else {
      throw RunError(
        "fewer than two validation or test documents have only bytes that training documents have: take "
          + "more documents"
      )
    }
    var vocabularies = [SequenceArm.Tokens.bytes: bytes]
    if recipe.students.contains(where: { $0.tokens == .pairs }) {
      vocabularies[.pairs] = try bytes.merging(
        recipe.merges,
        in: Array(own[..<recipe.studentDocuments])
      )
    }
    self.vocabularies = vocabularies
  }

  package func vocabulary(_ tokens: SequenceArm.Tokens) -> ByteVocabulary { vocabularies[tokens]! }

  package func windows(
    of tokens: SequenceArm.Tokens,
    _ count: Int,
    seed: UInt64
  ) throws -> SequenceWindows {
    let vocabulary = vocabulary(tokens)
    return try SequenceWindows(
      documents[..<count].map(vocabulary.encoded),
      length: recipe.window,
      batch: recipe.batch,
      seed: seed,
      on: device
    )
  }

  package func network(
    _ shape: SequenceShape,
    _ tokens: SequenceArm.Tokens,
    seed: UInt64
  ) -> SequenceModel {
    SequenceModel(
      tokens: vocabulary(tokens).count,
      width: shape.width,
      hidden: shape.hidden,
      length: recipe.window,
      using: RandomGenerator(seed: seed, on: device)
    )
  }

  package var summary: String {
    let bytes = documents.reduce(0) { $0 + $1.count + 1 }
    let left = recipe.test + recipe.validation - test.count - validation.count
    return
      "\(grouped(documents.count)) glosses of \(grouped(bytes)) bytes, \(vocabulary(.bytes).count) "
      + "different ones; students see \(grouped(recipe.studentDocuments)) of them; "
      + "\(grouped(validation.count)) glosses of validation and \(grouped(test.count)) of test"
      + (left == 0 ? "" : ", \(left) left out for bytes that training glosses do not have")
  }
}
