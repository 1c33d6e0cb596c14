import CTorch
import Foundation
import Testing

extension MLPTests {
  /// Three members of different depth and width, at 33 inputs, two of them the same.
  struct Ensemble {
    let members: [ReferenceMLP]
    let plans: [Plan]
    let inputs: [Float]
    let indices: [Int64]
    let projections: [Float]
    let inputCount = 19
    let classes = 5
    let count = 33

    init(gain: Double = 1) {
      members = [[19, 17, 5], [19, 50, 33, 5], [19, 5]].enumerated().map {
        let kind = [DISTILL_MLP_TANH, DISTILL_MLP_GELU, DISTILL_MLP_IDENTITY][$0.offset]
        return roundedToFloat(
          ReferenceMLP($0.element, kind, seed: UInt64(40 + $0.offset), gain: gain)
        )
      }
      plans = members.map(Plan.init)
      var draws = Draws(seed: 50)
      inputs = draws.normals(30 * 19)
      projections = draws.normals(30 * 5)
      indices = (0..<33).map { Int64($0 * 7 % 30) }
    }

    func input(_ n: Int) -> [Double] {
      let row = Int(indices[n])
      return inputs[row * inputCount..<(row + 1) * inputCount].map(Double.init)
    }

    func logMean(_ n: Int) -> [Double] {
      let all = members.map { logSoftmax($0.logits(at: input(n))) }
      return (0..<classes).map { k in
        let top = all.map { $0[k] }.max()!
        return top + log(all.reduce(0) { $0 + exp($1[k] - top) } / Double(all.count))
      }
    }

    func evaluate(
      _ output: distill_mlp_output,
      _ products: distill_mlp_storage = DISTILL_MLP_FLOAT32,
      members count: Int = 3,
      threads: Int = 2
    ) -> [Float] {
      var out = [Float](repeating: .nan, count: self.count * classes)
      distill_mlp_evaluate(
        plans.map(\.pointer),
        Int32(count),
        inputs,
        indices,
        Int64(self.count),
        output,
        products,
        &out,
        Int32(threads)
      )
      return out
    }
  }

  @Test("an ensemble's mean agrees with the definition", arguments: architectures)
  func means(architecture: String) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let ensemble = Ensemble()
    let logs = ensemble.evaluate(DISTILL_MLP_LOG_PROBABILITIES)
    let probabilities = ensemble.evaluate(DISTILL_MLP_PROBABILITIES)
    let geometric = ensemble.evaluate(DISTILL_MLP_GEOMETRIC_LOG_PROBABILITIES)
    let logits = ensemble.evaluate(DISTILL_MLP_LOGITS, members: 1)
    let rounded = ensemble.evaluate(DISTILL_MLP_PROBABILITIES, DISTILL_MLP_BFLOAT16)
    #expect(logs == ensemble.evaluate(DISTILL_MLP_LOG_PROBABILITIES, threads: 1))
    #expect(rounded != probabilities)
    for n in 0..<ensemble.count {
      let expected = ensemble.logMean(n)
      let own = ensemble.members.map { logSoftmax($0.logits(at: ensemble.input(n))) }
      let product = logSoftmax((0..<5).map { k in own.reduce(0) { $0 + $1[k] } / 3 })
      let z = ensemble.members[0].logits(at: ensemble.input(n))
      for k in 0..<5 {
        let i = n * 5 + k
        #expect(abs(Double(logs[i]) - expected[k]) < 1e-5)
        #expect(abs(Double(probabilities[i]) - exp(expected[k])) < 1e-6)
        #expect(abs(Double(geometric[i]) - product[k]) < 1e-5)
        #expect(abs(Double(logits[i]) - z[k]) < 1e-5)
        // bfloat16 keeps 8 bits: 0.4% of sums of a few units.
        #expect(abs(Double(rounded[i]) - exp(expected[k])) < 0.02)
      }
    }
  }

  @Test("logits of ±1e4 keep log-probabilities finite and exact", arguments: architectures)
  func extremeMeans(architecture: String) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let ensemble = Ensemble(gain: 2000)
    let logs = ensemble.evaluate(DISTILL_MLP_LOG_PROBABILITIES)
    for n in 0..<ensemble.count {
      let expected = ensemble.logMean(n)
      for k in 0..<5 {
        // Rounding of logits that cancel: relative to the largest logit.
        let largest = ensemble.members.flatMap { $0.logits(at: ensemble.input(n)) }.map(abs).max()!
        #expect(abs(Double(logs[n * 5 + k]) - expected[k]) < 4e-6 * largest + 1e-5)
      }
    }
  }

  @Test("an ensemble's input derivatives agree with the definition", arguments: architectures)
  func ensembleDerivatives(architecture: String) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let e = Ensemble()
    var full = [Float](repeating: .nan, count: e.count * e.classes * e.inputCount)
    var halves = [UInt16](repeating: 0, count: full.count)
    var projected = [Float](repeating: .nan, count: e.count * e.inputCount)
    var logs = [Float](repeating: .nan, count: e.count * e.classes)
    let pointers = e.plans.map(\.pointer)
    distill_mlp_derivatives(
      pointers,
      3,
      e.inputs,
      e.indices,
      Int64(e.count),
      nil,
      &full,
      DISTILL_MLP_FLOAT32,
      &logs,
      2
    )
    distill_mlp_derivatives(
      pointers,
      3,
      e.inputs,
      e.indices,
      Int64(e.count),
      nil,
      &halves,
      DISTILL_MLP_BFLOAT16,
      nil,
      1
    )
    distill_mlp_derivatives(
      pointers,
      3,
      e.inputs,
      e.indices,
      Int64(e.count),
      e.projections,
      &projected,
      DISTILL_MLP_FLOAT32,
      nil,
      2
    )
    for n in 0..<e.count {
      let own = e.members.map { logSoftmax($0.logits(at: e.input(n))) }
      let jacobians = e.members.map { $0.jacobian(at: e.input(n)) }
      let mean = e.logMean(n)
      var projection = [Double](repeating: 0, count: e.inputCount)
      for k in 0..<e.classes {
        #expect(abs(Double(logs[n * e.classes + k]) - mean[k]) < 1e-5)
        for d in 0..<e.inputCount {
          let expected = (0..<3).reduce(0.0) {
            $0 + exp(own[$1][k] - mean[k]) / 3 * jacobians[$1][k][d]
          }
          projection[d] += Double(e.projections[Int(e.indices[n]) * e.classes + k]) * expected
          let i = (n * e.classes + k) * e.inputCount + d
          #expect(abs(Double(full[i]) - expected) < 2e-5)
          let half = Double(Float(bitPattern: UInt32(halves[i]) << 16))
          #expect(abs(half - Double(full[i])) <= abs(Double(full[i])) / 256)
        }
      }
      for d in 0..<e.inputCount {
        #expect(abs(Double(projected[n * e.inputCount + d]) - projection[d]) < 5e-5)
      }
    }
  }
}
