import Distill
import Foundation
import Runs

/// How models do on the test synsets, which nobody learnt from.
package struct SentenceMeasurement {
  package enum Measure: String, Codable, CaseIterable {
    /// Of the similarities of a definition with all others, with the teacher's.
    case rank = "rank correlation"
    case exampleRank = "example, MRR"
    case exampleAmongTen = "example, recall@10"
    case wordRank = "words, MRR"
    case wordAmongTen = "words, recall@10"
    case topic = "topic, accuracy"
  }

  package struct Model {
    package let name: String
    package let role: SentenceModel.Role
    package let parameters: Int
    /// `[seeds, test]` each.
    package let values: [Measure: Tensor]
    package let sentencesPerSecond: Double
  }

  package let world: SentenceWorld
  package let models: [Model]

  package init(_ world: SentenceWorld, _ models: [SentenceModel], _ run: Run) throws {
    self.world = world
    let probe = TopicProbe(world)
    let taught = try Similarities(world.test.definitions, models[0].encoders[0])
    run.work.begin("models measured", of: models.count, "models")
    defer { run.work.end() }
    self.models = try models.enumerated().map { index, model in
      try run.stopIfAsked("all networks")
      defer { run.work.update(index + 1) }
      let rows = try model.encoders.map { encoder in
        let found =
          model.role == .teacher ? taught : try Similarities(world.test.definitions, encoder)
        var values = try found.retrieval(world.test)
        values[.rank] = found.rankCorrelation(with: taught)
        values[.topic] = try probe.correctness(of: encoder, found)
        return values
      }
      return Model(
        name: model.name,
        role: model.role,
        parameters: model.encoders[0].network.parameterCount,
        values: Dictionary(
          uniqueKeysWithValues: Measure.allCases.map { measure in
            (measure, .stacked(rows.map { $0[measure]! }))
          }
        ),
        sentencesPerSecond: try Self.speed(model.encoders[0], world)
      )
    }
  }

  /// From text to embeddings, in batches of 64.
  private static func speed(_ encoder: SentenceEncoder, _ world: SentenceWorld) throws -> Double {
    let texts = Array(world.test.definitions.prefix(512))
    let batches = stride(from: 0, to: texts.count, by: 64).map {
      Array(texts[$0..<min($0 + 64, texts.count)])
    }
    let time = try microseconds(3) {
      for batch in batches { _ = try encoder.encoded(batch).sum().doubleValue }
    }
    return Double(texts.count) / (time * 1e-6)
  }
}

/// Texts, such as definitions, as one encoder sees them.
package struct Similarities {
  /// Of the texts with each other, `[texts, texts]`.
  private let own: Tensor
  package let definitions: Tensor
  private let encoder: SentenceEncoder

  package init(_ texts: [String], _ encoder: SentenceEncoder) throws {
    definitions = try encoder(texts)
    own = definitions.matmul(definitions.transposed())
    self.encoder = encoder
  }

  /// The place of each text's partner among all partners, the nearest first, from 1, `[texts]`.
  package func places(of partners: [String]) throws -> Tensor {
    let scores = definitions.matmul(try encoder(partners).transposed())
    let wanted = scores.diagonal().insertingAxis(1)
    // Others that are as near count as nearer.
    return (scores .>= wanted).cast(to: .float64).sum(along: 1)
  }

  /// How near the examples and the words of definitions are to them.
  fileprivate func retrieval(
    _ test: SentenceWorld.Texts
  ) throws -> [SentenceMeasurement.Measure: Tensor] {
    let (examples, words) = (try places(of: test.examples), try places(of: test.words))
    func among(_ places: Tensor) -> Tensor { (places .<= 10).cast(to: .float64) }
    return [
      .exampleRank: 1 / examples, .exampleAmongTen: among(examples),
      .wordRank: 1 / words, .wordAmongTen: among(words),
    ]
  }

  /// Spearman's, of each definition's similarities with all others, `[test]`.
  package func rankCorrelation(with other: Similarities) -> Tensor {
    let count = own.shape[0]
    let places = Tensor.range(0..<count, on: own.device)
    let squares = stride(from: 0, to: count, by: 500).map { start in
      let rows = start..<min(start + 500, count)
      let isItself = places[rows].insertingAxis(1) .== places.insertingAxis(0)
      func ranks(_ scores: Tensor) -> Tensor {
        // Itself is the first in both.
        let scores = scores[rows].filled(with: -.infinity, where: isItself)
        return scores.sorted(along: 1).indices.sorted(along: 1).indices.cast(to: .float64)
      }
      return (ranks(own) - ranks(other.own)).squared.sum(along: 1)
    }
    let others = Double(count - 1)
    return 1 - Tensor.concatenated(squares) * (6 / (others * (others * others - 1)))
  }
}

/// A linear classifier of topics on embeddings: ridge regression on the glosses' topics, as one number
/// for each class.
struct TopicProbe {
  private let world: SentenceWorld

  init(_ world: SentenceWorld) { self.world = world }

  /// 1 where the topic of a test definition is found, else 0, `[test]`.
  func correctness(of encoder: SentenceEncoder, _ test: Similarities) throws -> Tensor {
    let known = try encoder(world.glosses).cast(to: .float64)
    let mean = known.mean(along: 0, keepingAxes: true)
    let rows = known - mean
    let width = rows.shape[1]
    let targets = world.topics.oneHot(classes: WordNet.topics.count, .float64)
    let shares = targets.mean(along: 0, keepingAxes: true)
    let strength = world.recipe.ridge * Double(rows.shape[0]) / Double(width)
    let square =
      rows.transposed().matmul(rows)
      + Tensor.identity(width, .float64, on: rows.device) * strength
    let weights = square.solve(rows.transposed().matmul(targets - shares))
    let scores = (test.definitions.cast(to: .float64) - mean).matmul(weights) + shares
    let found = scores.indexOfMaximum(along: 1)
    return (found .== Tensor(world.test.topics).moved(to: found.device)).cast(to: .float64)
  }
}
