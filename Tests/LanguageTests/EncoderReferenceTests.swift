import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Language

/// Encoders against `transformers` and PyTorch; `Tools/reference/embeddings.py` made the numbers.
@Suite struct EncoderReferenceTests {
  struct Reference: Decodable {
    struct Rows: Decodable {
      let texts: [String]?
      let rows: [[Int]]
      let embeddings: [[Double]]
    }
    struct Losses: Decodable {
      let student: [[Double]]
      let teacher: [[Double]]
      let cosine: Double
      let similarityDistribution: Double
      let pairContrast: Double
    }
    let tiny: Rows
    let minilm: Rows
    let losses: Losses
  }

  private static func reference() throws -> Reference {
    try Fixture.read("embeddings.json", as: Reference.self)
  }

  private static func padded(_ rows: [[Int]]) -> Tensor {
    let width = rows.map(\.count).max()!
    return Tensor(
      rows.flatMap { $0 + [Int](repeating: -1, count: width - $0.count) },
      shape: [rows.count, width]
    )
  }

  private static func difference(_ found: Tensor, _ wanted: [[Double]]) -> Double {
    (found.cast(to: .float64) - Tensor(wanted)).magnitude.maximum().doubleValue
  }

  @Test func tinyBERTIsThatOfTransformers() throws {
    let reference = try Self.reference().tiny
    let encoder = try BERTEncoder(Fixture.url("tiny-bert"))
    let found = encoder(Self.padded(reference.rows))
    #expect(Self.difference(found, reference.embeddings) < 1e-5)
  }

  static let minilm = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../.data/minilm").standardizedFileURL

  static let hasMiniLM = FileManager.default.fileExists(atPath: minilm.path + "/model.safetensors")

  @Test(.enabled(if: hasMiniLM, "needs make data-sentences"))
  func miniLMIsThatOfTransformers() throws {
    let reference = try Self.reference().minilm
    let tokenizer = try Tokenizer(Self.minilm.appendingPathComponent("tokenizer.json"))
    let texts = try #require(reference.texts)
    #expect(texts.map { tokenizer.ids(of: $0) } == reference.rows)
    let encoder = try BERTEncoder(Self.minilm)
    let found = encoder(tokenizer.padded(texts, to: 512))
    let difference = Self.difference(found, reference.embeddings)
    #expect(difference < 1e-4, "\(difference)")
    print("all-MiniLM-L6-v2: largest difference from transformers \(difference)")
  }

  @Test func lossesAreThoseOfPlainLoops() throws {
    let reference = try Self.reference().losses
    let (student, teacher) = (Tensor(reference.student), Tensor(reference.teacher))
    func value(_ loss: Loss) throws -> Double {
      try loss(
        Comparison(
          Observation(student, meaning: .reals),
          Observation(teacher, meaning: .reals),
          inputs: student
        )
      ).doubleValue
    }
    #expect(abs(try value(.embeddingCosine) - reference.cosine) < 1e-12)
    let similarity = try value(.similarityDistribution(temperature: 0.2))
    #expect(abs(similarity - reference.similarityDistribution) < 1e-9)
    #expect(abs(try value(.pairContrast(temperature: 0.2)) - reference.pairContrast) < 1e-9)
  }
}
