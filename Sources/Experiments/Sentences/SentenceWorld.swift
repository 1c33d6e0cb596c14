import Distill
import Foundation
import Runs

/// The texts of an experiment, and who teaches.
package struct SentenceWorld {
  /// Synsets as texts.
  package struct Texts {
    package var definitions: [String] = []
    package var examples: [String] = []
    /// What each is about, in words.
    package var words: [String] = []
    package var topics: [Int] = []
  }

  package let recipe: SentenceExperiment
  package let device: Device
  package let tokenizer: Tokenizer
  package let teacher: BERTEncoder
  /// Published static embeddings.
  package let peer: SentenceEncoder?
  /// Whole glosses, with examples where they have some.
  package let glosses: [String]
  /// Token ids of the glosses and of their words, without the template, of one length.
  package let glossIDs: Tensor
  package let wordIDs: Tensor
  /// Lexicographer files of the glosses.
  package let topics: Tensor
  package let test: Texts

  /// - Throws: `RunError`, `FileError` or ``LanguageError`` when the data are missing, damaged, or too
  ///   few.
  package init(_ recipe: SentenceExperiment, seed: UInt64, on device: Device) throws {
    (self.recipe, self.device) = (recipe, device)
    let folder = URL(fileURLWithPath: recipe.teacher)
    tokenizer = try Tokenizer(folder.appendingPathComponent("tokenizer.json"))
    teacher = try BERTEncoder(folder)
    teacher.move(to: device)
    guard recipe.length <= teacher.configuration.length else {
      throw RunError(
        "length \(recipe.length): the teacher sees \(teacher.configuration.length) tokens at most"
      )
    }
    guard tokenizer.idCount <= teacher.configuration.ids else {
      throw RunError(
        "the tokenizer in '\(recipe.teacher)' has \(grouped(tokenizer.idCount)) ids and the network "
          + "\(grouped(teacher.configuration.ids)): take both from one release"
      )
    }
    peer = recipe.peer.isEmpty ? nil : try Self.peer(recipe, on: device)
    let synsets = try WordNet(URL(fileURLWithPath: recipe.data)).synsets
    let order = Tensor.permutation(synsets.count, using: RandomGenerator(seed: seed))
    var (test, glosses, words, topics) = (Texts(), [String](), [String](), [Int]())
    for index in order.scalars(Int.self) {
      let synset = synsets[index]
      let (definition, example) = Self.parts(of: synset.gloss)
      let names = synset.words.map { $0.replacing("_", with: " ") }.joined(separator: ", ")
      if let example, !definition.isEmpty, test.topics.count < recipe.test {
        test.definitions.append(definition)
        test.examples.append(example)
        test.words.append(names)
        test.topics.append(synset.topic)
      } else if glosses.count < recipe.training {
        glosses.append(synset.gloss)
        words.append(names)
        topics.append(synset.topic)
      }
    }
    guard test.topics.count == recipe.test, glosses.count == recipe.training else {
      throw RunError(
        "'\(recipe.data)' has \(grouped(test.topics.count)) synsets with examples for test and "
          + "\(grouped(glosses.count)) others for training: set test or training to fewer"
      )
    }
    (self.test, self.glosses) = (test, glosses)
    self.topics = Tensor(topics).moved(to: device)
    let (tokenizer, length) = (tokenizer, recipe.length)
    func ids(_ texts: [String]) -> Tensor {
      let ids = tokenizer.padded(texts, to: length, withTemplate: false)
      return ids.padded([(0, length - ids.shape[1])], with: -1).moved(to: device)
    }
    glossIDs = ids(glosses)
    wordIDs = ids(words)
  }

  /// What a gloss says before its examples, and the first of these.
  package static func parts(of gloss: String) -> (definition: String, example: String?) {
    let parts = gloss.split(separator: "\"", omittingEmptySubsequences: false)
    let ends = CharacterSet(charactersIn: " ;")
    let definition = String(parts[0]).trimmingCharacters(in: ends)
    let example = parts.count > 2 ? String(parts[1]).trimmingCharacters(in: ends) : ""
    return (definition, example.isEmpty ? nil : example)
  }

  private static func peer(
    _ recipe: SentenceExperiment,
    on device: Device
  ) throws -> SentenceEncoder {
    let folder = URL(fileURLWithPath: recipe.peer)
    let tokenizer = try Tokenizer(folder.appendingPathComponent("tokenizer.json"))
    let file = folder.appendingPathComponent("model.safetensors")
    let tensors = try Safetensors.read(from: file).tensors
    guard let table = tensors["embedding.weight"], table.rank == 2,
      table.elementType.isFloatingPoint, table.shape[0] >= tokenizer.idCount, table.shape[1] > 0
    else {
      throw RunError(
        "'\(file.path)' has no embedding.weight with a row for each of \(tokenizer.idCount) tokens"
      )
    }
    let encoder = StaticEncoder(table)
    encoder.move(to: device)
    return SentenceEncoder(
      tokenizer: tokenizer,
      network: encoder,
      withTemplate: false,
      length: recipe.length,
      device: device
    )
  }

  /// A student with its tokenizer.
  package func encoder(_ student: any Module) -> SentenceEncoder {
    SentenceEncoder(
      tokenizer: tokenizer,
      network: student,
      withTemplate: false,
      length: recipe.length,
      device: device
    )
  }

  package var teacherModel: SentenceModel {
    SentenceModel(
      "teacher",
      [
        SentenceEncoder(
          tokenizer: tokenizer,
          network: teacher,
          withTemplate: true,
          length: recipe.length,
          device: device
        )
      ],
      .teacher
    )
  }

  package var summary: String {
    "\(grouped(glosses.count)) glosses of WordNet to learn from, \(grouped(test.topics.count)) synsets "
      + "of test with an example each; the teacher has "
      + "\(grouped(teacher.parameterCount)) parameters"
  }
}

/// A network and how it is asked about texts.
package struct SentenceEncoder {
  package let tokenizer: Tokenizer
  package let network: any Module
  package let withTemplate: Bool
  package let length: Int
  package let device: Device

  /// Embeddings of length 1, `[texts, width]`, in the order of the texts; similar lengths are encoded
  /// together.
  package func callAsFunction(
    _ texts: [String],
    chunk: Int = 64,
    _ progress: (_ done: Int) throws -> Void = { _ in }
  ) throws -> Tensor {
    let sizes = texts.map {
      tokenizer.ids(of: $0, withTemplate: withTemplate, atMost: length).count
    }
    let order = sizes.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }
    var parts: [Tensor] = []
    for start in stride(from: 0, to: order.count, by: chunk) {
      let rows = order[start..<min(start + chunk, order.count)]
      parts.append(try encoded(rows.map { texts[$0] }))
      try progress(rows.endIndex)
    }
    var places = [Int](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { places[index] = place }
    return Tensor.concatenated(parts)[rows: Tensor(places).moved(to: device)]
  }

  /// Embeddings of one batch.
  package func encoded(_ texts: [String]) throws -> Tensor {
    let ids = tokenizer.padded(texts, to: length, withTemplate: withTemplate).moved(to: device)
    let rows = try withTorchErrors { withoutGradient { network(ids) } }
    return rows / rows.norm(along: 1, keepingAxes: true).clamped(min: 1e-12)
  }
}

/// What is compared: networks of one kind, one for each seed.
package struct SentenceModel {
  package enum Role: Equatable {
    case teacher
    case published
    case student(SentenceArm)
  }

  package let name: String
  package let encoders: [SentenceEncoder]
  package let role: Role

  package init(_ name: String, _ encoders: [SentenceEncoder], _ role: Role) {
    (self.name, self.encoders, self.role) = (name, encoders, role)
  }
}
