import Distill
import Foundation
import Runs

/// An encoder that is asked for the embeddings of sentences, and how well it finds what belongs together.
struct SentenceUse: FieldUse {
  let world: SentenceWorld
  let network: any Module

  let classes: [String] = []
  let takesText = true
  /// Texts that are compared with each other.
  private static let most = 5_000

  /// Embeddings as the network gives them.
  func answers(to data: String?) throws -> FieldAnswers {
    let texts = try data.map { try TextInputs($0).texts } ?? world.test.definitions
    let length = world.recipe.length
    let parts = try stride(from: 0, to: texts.count, by: 64).map { start in
      let rows = Array(texts[start..<min(start + 64, texts.count)])
      let short = world.tokenizer.padded(rows, to: length, withTemplate: false)
      let ids = short.padded([(0, length - short.shape[1])], with: -1)
      return try withTorchErrors { withoutGradient { network(ids) } }.cast(to: .float64)
    }
    let values = Tensor.concatenated(parts)
    return FieldAnswers(
      .means(values),
      outputs: (1...values.shape[1]).map { "embedding \($0)" }
    )
  }

  /// With a column of partners how near these are; with the teacher's vectors, or without partners by
  /// asking the teacher, how alike the two see the texts.
  func evaluation(
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws -> StudentEvaluation {
    let (texts, partners) = try pairs(data, outcome, areWanted: teacherValues == nil)
    guard (3...Self.most).contains(texts.count) else {
      throw RunError(
        "\(grouped(texts.count)) texts cannot be compared with each other: give 3 to \(grouped(Self.most))"
      )
    }
    var measures: [StudentEvaluation.Measure] = []
    if let partners {
      let places = try Similarities(texts, world.encoder(network)).places(of: partners)
      measures = [
        .init(name: "reciprocal rank", student: .init(Estimate(of: 1 / places))),
        .init(
          name: "recall@10",
          student: .init(Estimate(of: (places .<= 10).cast(to: .float64)), isShare: true)
        ),
      ]
    }
    if let values = try teacher(texts, teacherValues, isAsked: data == nil || partners == nil) {
      let own = try world.encoder(network)(texts)
      measures += StudentEvaluation.measures(of: EmbeddingComparison(own, teacher: values))
    }
    return StudentEvaluation(examples: texts.count, measures)
  }

  /// The teacher's vectors; nil where they are neither given nor asked for.
  private func teacher(_ texts: [String], _ file: String?, isAsked: Bool) throws -> Tensor? {
    let width = world.teacher.configuration.width
    guard let file else { return isAsked ? try world.teacherModel.encoders[0](texts) : nil }
    let values = try AnswersPlan.content(file).values
    guard values.shape == [texts.count, width] else {
      throw RunError(
        "'\(file)' has the shape \(values.shape), and what the student gives \([texts.count, width]): give "
          + "a row of answers for each text"
      )
    }
    return values
  }

  private func pairs(_ data: String?, _ outcome: String?, areWanted: Bool) throws
    -> (texts: [String], partners: [String]?)
  {
    guard let data else { return (world.test.definitions, world.test.examples) }
    guard outcome != nil || areWanted && TextInputs.hasOutcome(data) else {
      return (try TextInputs(data).texts, nil)
    }
    let column = try TextInputs.outcome(of: data, outcome)
    return (
      try TextInputs(data, besides: column).texts, try TextInputs.texts(of: column, in: data)
    )
  }
}
