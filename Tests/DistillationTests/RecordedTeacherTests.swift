import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct RecordedTeacherTests {
  private let examples = someExamples()
  private let ensemble = Ensemble(
    (0..<3 as Range<UInt64>).map { MLP([6, 5, 3], using: RandomGenerator(seed: $0)) }
  )
  private var batch: Batch {
    get throws { try examples.batches(of: 8, shuffled: 1).batch(3)! }
  }

  @Test func replaysWhatTheTeacherDid() throws {
    let recorded = try RecordedTeacher(
      of: ensemble,
      on: examples.inputs,
      derivatives: true,
      chunk: 7
    )
    let request = Request(derivatives: .all)
    let (live, replayed) = try (
      ensemble.observe(batch, request), recorded.observe(batch, request)
    )
    #expect(recorded.count == 50 && recorded.derivativeError == 0)
    // Batches of another size add up in another order: Float32 rounding of numbers near 1.
    #expect(replayed.values.largestDifference(from: live.values) < 1e-6)
    #expect(replayed.derivatives!.largestDifference(from: live.derivatives!) < 1e-6)
    #expect(try recorded.observe(batch, .values).derivatives == nil)
  }

  /// Rounding to 8 significant bits is wrong by at most 2⁻⁹ of each number.
  @Test func halvedStorageSaysWhatItCost() throws {
    let exact = try RecordedTeacher(of: ensemble, on: examples.inputs, derivatives: true)
    let halved = try RecordedTeacher(
      of: ensemble,
      on: examples.inputs,
      derivatives: true,
      derivativeStorage: .bfloat16
    )
    let (a, b) = (exact.observation.derivatives!, halved.observation.derivatives!)
    let difference = b.cast(to: .float32) - a
    let error = difference.norm().doubleValue / a.norm().doubleValue
    #expect(b.elementType == .bfloat16)
    #expect(abs(halved.derivativeError - error) < 1e-6)
    #expect(error > 0 && error <= 0x1p-9)
    let replayed = try halved.observe(batch, Request(derivatives: .all))
    #expect(replayed.derivatives?.elementType == .float32)
  }

  @Test func refusesWhatWasNotRecorded() throws {
    let values = try RecordedTeacher(of: ensemble, on: examples.inputs)
    let slopes = #expect(throws: DistillationError.self) {
      try values.observe(batch, Request(derivatives: .all))
    }
    #expect(slopes?.description.contains("record it with derivatives: true") == true)
    let strangers = #expect(throws: DistillationError.self) { try values.observe(.zeros([2, 6])) }
    #expect(strangers?.description.contains("with their indices") == true)
    let silent = ClosureTeacher { inputs, _ in Observation(inputs, meaning: .logits) }
    let missing = #expect(throws: DistillationError.self) {
      try RecordedTeacher(of: silent, on: examples.inputs, derivatives: true)
    }
    #expect(missing?.description.contains("gives no derivatives") == true)
  }
}
