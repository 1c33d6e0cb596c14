import Distill
import Foundation
import Testing

@testable import Compression

/// What forms do to numbers, against a computation by hand.
@Suite struct RecordedArrayTests {
  private static let logits: [[Float]] = (0..<50).map { row in
    (0..<12).map { column in
      let wave = sin(Double(row * 12 + column) * 1.7) * 3
      return Float(column == row % 12 ? wave + 4 : wave)
    }
  }

  private static func logarithms(_ row: [Float]) -> [Double] {
    let sum = log(row.reduce(0) { $0 + exp(Double($1)) })
    return row.map { Double($0) - sum }
  }

  private func array(_ form: ObservationForm, _ meaning: Observation.Meaning?) -> RecordedArray {
    RecordedArray(
      name: meaning == nil ? "derivatives" : "values",
      shape: meaning == nil ? [12, 5] : [12],
      form: form,
      meaning: meaning
    )
  }

  private func kept(_ array: RecordedArray, _ exact: Tensor) -> Tensor {
    let parts = array.encoded(exact)
    let expected = array.parts
    #expect(Set(parts.keys) == Set(expected.map(\.name)))
    for part in expected {
      #expect(parts[part.name]?.shape == [exact.shape[0]] + part.shape, "\(part.name)")
      #expect(parts[part.name]?.elementType == part.elementType, "\(part.name)")
    }
    return array.decoded(parts)
  }

  @Test func theMostProbableClassesAndTheRest() throws {
    let exact = Self.logits.map(Self.logarithms)
    let array = array(.mostProbable(3), .logProbabilities)
    let tensor = Tensor(exact.map { $0.map(Float.init) })
    let kept = kept(array, tensor)
    var divergences: [Double] = []
    for (row, right) in exact.enumerated() {
      let found = kept[row].scalars(Float.self).map(Double.init)
      let order = right.indices.sorted { right[$0] > right[$1] }
      let rest = log(order.dropFirst(3).reduce(0) { $0 + exp(right[$1]) } / 9)
      for (place, index) in order.enumerated() {
        #expect(abs(found[index] - (place < 3 ? right[index] : rest)) < 1e-5)
      }
      divergences.append(
        order.dropFirst(3).reduce(0) { $0 + exp(right[$1]) * (right[$1] - rest) }
      )
    }
    let error = RoundingError(array, kept: kept, exact: tensor)
    #expect(abs(error.meanDivergence! - divergences.reduce(0, +) / 50) < 1e-6)
    #expect(abs(error.largestDivergence! - divergences.max()!) < 1e-6)
    #expect(error.examples == 50 && error.relative == nil)
  }

  /// The step of a row is the 254th part of what it spans, at most 16 for logarithms.
  @Test func levelsOfEightBits() throws {
    for (meaning, least) in [(Observation.Meaning.logProbabilities, -16.0), (.reals, -1000)] {
      var rows = Self.logits
      rows[3][5] = -400
      let tensor = Tensor(rows)
      let array = array(.int8, meaning)
      let parts = array.encoded(tensor)
      for (row, numbers) in rows.enumerated() {
        let top = Double(numbers.max()!)
        let bottom = max(Double(numbers.min()!), top + least)
        let step = (top - bottom) / 254
        #expect(
          abs(Double(parts["values.step"]![row].scalar(Float.self)) - step) < 1e-6 * (1 + step)
        )
        let levels = parts["values"]![row].scalars(Int8.self)
        for (number, level) in zip(numbers, levels) {
          let back = top + (Double(level) - 127) * step
          #expect(abs(back - max(Double(number), bottom)) <= step * 0.501)
        }
      }
    }
    // One level for all.
    let flat = Tensor.full(2.5, [4, 12])
    #expect(kept(array(.int8, .reals), flat).largestDifference(from: flat) == 0)
  }

  @Test func roundedLogarithmsSumToOne() throws {
    let exact = Tensor(Self.logits).logSoftmax()
    for form in [ObservationForm.bfloat16, .int8] {
      let array = array(form, .logProbabilities)
      let kept = kept(array, exact)
      #expect((kept.exponential.sum(along: 1) - 1).magnitude.maximum().doubleValue < 1e-5)
      let error = RoundingError(array, kept: kept, exact: exact)
      let (p, q) = (exact.cast(to: .float64), kept.cast(to: .float64))
      let right = (p.exponential * (p - q)).sum().doubleValue / 50
      #expect(abs(error.meanDivergence! - right) < 1e-9 && error.meanDivergence! < 1e-3)
    }
    let float = array(.float32, .logProbabilities)
    #expect(kept(float, exact).largestDifference(from: exact) == 0)
  }

  /// Of derivatives each row of an output has its step.
  @Test func derivativesOfAllForms() throws {
    let exact = Tensor.normal([7, 12, 5], using: RandomGenerator(seed: 1))
    for (form, most) in [
      (ObservationForm.float32, 0.0), (.bfloat16, 0.004), (.int8, 0.004), (.mostProbable(3), 0.004),
    ] {
      let array = array(form.ofOthers, nil)
      let error = RoundingError(array, kept: kept(array, exact), exact: exact)
      #expect(error.relative! <= most, "\(form): \(error)")
      #expect((error.relative! == 0) == (form == .float32))
    }
  }

  @Test func impossibleClassesStayRare() throws {
    var rows = Self.logits.map { $0 }
    rows[0][2] = -.infinity
    let exact = Tensor(rows).logSoftmax()
    for form in [ObservationForm.float32, .bfloat16, .int8, .mostProbable(2)] {
      let array = array(form, .logProbabilities)
      let kept = kept(array, exact)
      #expect(!kept.isNaN.containsTrue, "\(form)")
      let error = RoundingError(array, kept: kept, exact: exact)
      #expect(error.meanDivergence!.isFinite, "\(form): \(error)")
    }
  }

  @Test func formsAreReadAsTheyAreWritten() {
    for text in ["float32", "bfloat16", "int8", "top-k:7"] {
      #expect(ObservationForm(text)?.description == text)
    }
    for text in [
      "", "float", "top-k", "top-k:", "top-k:0", "top-k:-1", "top-k:07", "top-k:9999999",
    ] {
      #expect(ObservationForm(text) == nil, "\(text)")
    }
  }
}
