import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Language

@Suite struct EncoderTests {
  private let generator = RandomGenerator(seed: 4)

  private func students() -> [any Module] {
    [
      StaticEncoder(20, width: 6, outputs: 5, using: generator),
      StaticEncoder(20, width: 6, isWeighted: false, using: generator),
      SentenceTransformer(20, length: 8, width: 8, heads: 2, outputs: 5, using: generator),
    ]
  }

  /// Padding changes nothing, whatever else is in the batch.
  @Test func paddingIsNotSeen() throws {
    let encoder = try BERTEncoder(Fixture.url("tiny-bert"))
    for module in students() + [encoder as any Module] {
      let alone = module(Tensor([3, 9, 1], shape: [1, 3]))
      let rows: [Int] = [3, 9, 1, -1, -1, -1, 7, 7, 2, 4, 5, 0]
      let together = module(Tensor(rows, shape: [2, 6]))
      let difference = (together[0] - alone[0]).magnitude.maximum().doubleValue
      #expect(difference < 1e-5, "\(type(of: module)): \(difference)")
      let padded = module(Tensor([3, 9, 1, -1, -1], shape: [1, 5]))
      #expect((padded - alone).magnitude.maximum().doubleValue < 1e-6)
    }
  }

  /// A text without tokens has an embedding without surprises.
  @Test func rowsWithoutTokensAreFinite() {
    for module in students() {
      let rows = module(Tensor([-1, -1, 4, 5], shape: [2, 2]))
      #expect(rows.sum().doubleValue.isFinite)
      let nothing = module(Tensor([-1, -1], shape: [1, 2]))
      #expect(nothing.sum().doubleValue.isFinite)
    }
  }

  @Test func staticEncoderIsAWeightedMean() {
    let encoder = StaticEncoder(
      Tensor([1.0, 0, 0, 1, 2, 2], shape: [3, 2]),
      importance: Tensor([0.0, log(3.0), 0])
    )
    let found = encoder(Tensor([0, 1, -1, 2, -1, -1], shape: [2, 3])).scalars(Float.self)
    for (own, wanted) in zip(found, [0.25, 0.75, 2, 2] as [Float]) {
      #expect(abs(own - wanted) < 1e-6)
    }
  }

  @Test func gradientsReachEveryParameter() throws {
    let ids = Tensor([1, 2, 3, 4, 5, -1, 6, 7, 8], shape: [3, 3])
    for module in students() {
      let before = module.parameters.map(\.value)
      let width = module(ids).shape[1]
      let taught = Observation(Tensor.normal([3, width], using: generator), meaning: .reals)
      try distill(
        RecordedTeacher(taught),
        into: module,
        on: Examples(ids).batches(of: 3, epochs: 2, shuffled: nil),
        minimizing: .embeddingCosine + .similarityDistribution(),
        using: Adam(learningRate: 0.01)
      )
      for (parameter, old) in zip(module.parameters, before) {
        #expect((parameter.value - old).magnitude.maximum().doubleValue > 0)
        #expect(parameter.value.sum().doubleValue.isFinite)
      }
    }
  }

  /// A student of another kind learns what a teacher says about the sentences that it saw.
  @Test func aStaticStudentLearns() throws {
    let encoder = try BERTEncoder(Fixture.url("tiny-bert"))
    let ids = Tensor.randomIntegers(0..<40, [200, 6], using: generator)
    let recorded = try RecordedTeacher(
      of: ModuleTeacher(encoder, observedAs: .reals),
      on: ids,
      chunk: 50
    )
    let student = StaticEncoder(40, width: 16, outputs: 16, using: generator)
    let record = try distill(
      recorded,
      into: student,
      on: Examples(ids).batches(of: 20, epochs: 30, shuffled: 1),
      minimizing: .embeddingCosine,
      using: Adam(learningRate: 0.02)
    )
    #expect(record.losses.latest ?? 1 < 0.35)
  }

  @Test func whatAreNoIDsIsRefused() {
    for module in students() {
      #expect(throws: TorchError.self) {
        try withTorchErrors { module(Tensor.zeros([2, 3], .float32)) }
      }
      #expect(throws: TorchError.self) { try withTorchErrors { module(Tensor([1, 2])) } }
    }
    let transformer = SentenceTransformer(
      20,
      length: 4,
      width: 8,
      heads: 2,
      outputs: 5,
      using: generator
    )
    #expect(throws: TorchError.self) {
      try withTorchErrors { transformer(Tensor.zeros([1, 5], .int64)) }
    }
  }

  // MARK: Token outputs

  @Test func principalComponentsKeepDistances() {
    // Rows in a plane of a space of five dimensions.
    let plane = Tensor.normal([2, 5], .float64, using: generator)
    let rows = Tensor.normal([30, 2], .float64, using: generator).matmul(plane)
    let counts = Tensor((0..<30).map { Double($0) })
    let student = TokenOutputs(rows).student(width: 2, counts: counts)
    let kept = student.table.weight.value.cast(to: .float64)
    let difference = kept.pairwiseDistances(to: kept) - rows.pairwiseDistances(to: rows)
    #expect(difference.magnitude.maximum().doubleValue < 1e-5)
    #expect(abs(kept.mean(along: 0).magnitude.maximum().doubleValue) < 1e-6)
    let weights = student.importance!.weight.value.exponential.scalars(Float.self)
    for (index, weight) in weights.enumerated() {
      let share = Double(index) / 435
      #expect(abs(Double(weight) - 1e-3 / (share + 1e-3)) < 1e-5)
    }
  }

  @Test func tokensAreEncodedByThemselves() throws {
    let encoder = try BERTEncoder(Fixture.url("tiny-bert"))
    let file =
      #"{"model":{"type":"WordPiece","unk_token":"c","vocab":{"a":0,"b":1,"c":2,"d":3}},"#
      + #""post_processor":{"type":"BertProcessing","cls":["c",2],"sep":["d",3]}}"#
    let tokenizer = try Tokenizer(json: Data(file.utf8))
    var steps: [Int] = []
    let outputs = try TokenOutputs(of: encoder, tokenizer, chunk: 3) { done, all in
      steps.append(done)
      #expect(all == 4)
    }
    #expect(steps == [3, 4] && outputs.values.shape == [4, 16])
    let own = encoder(Tensor([2, 1, 3], shape: [1, 3]))[0]
    let row = outputs.values[1]
    let unit = row / row.norm(along: 0)
    #expect((own - unit).magnitude.maximum().doubleValue < 1e-5)
  }

  // MARK: Files

  static let configurations: [(text: String, reason: String)] = [
    ("[]", "no configuration"), ("{}", "no configuration"),
    (#"{"model_type": "gpt2"}"#, "model_type 'gpt2'"),
    (#"{"hidden_act": "relu"}"#, "hidden_act 'relu'"),
    (#"{"position_embedding_type": "relative_key"}"#, "position_embedding_type"),
    (configuration(["hidden_size": "-4"]), "hidden_size -4"),
    (configuration(["hidden_size": "1e30"]), "no configuration"),
    (configuration(["hidden_size": "18"]), "which 4 heads do not divide"),
    (configuration(["num_hidden_layers": "100000"]), "from 1 to 256"),
    (configuration(["layer_norm_eps": "0"]), "layer_norm_eps 0.0"),
    (configuration(["vocab_size": "41"]), "word_embeddings.weight"),
    (configuration(["num_hidden_layers": "3"]), "has no tensor encoder.layer.2"),
  ]

  private static func configuration(_ changes: [String: String]) -> String {
    var fields = [
      "vocab_size": "40", "hidden_size": "16", "num_hidden_layers": "2",
      "num_attention_heads": "4", "intermediate_size": "24", "max_position_embeddings": "12",
    ]
    fields.merge(changes) { $1 }
    return "{" + fields.map { "\"\($0)\": \($1)" }.sorted().joined(separator: ",") + "}"
  }

  @Test(arguments: configurations) func isRefused(text: String, reason: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.copyItem(at: Fixture.url("tiny-bert"), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(text.utf8).write(to: folder.appendingPathComponent("config.json"))
    let error = try #require(throws: LanguageError.self) { try BERTEncoder(folder) }
    #expect(error.description.contains(reason), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test func missingFilesAreNamed() throws {
    let error = try #require(throws: LanguageError.self) {
      try BERTEncoder(URL(fileURLWithPath: "/nonexistent"))
    }
    #expect(error.description.contains("/nonexistent/config.json"))
  }
}
