import CTorch
import Foundation

/// The terms of a loss that a test switches on.
enum Terms: String, CaseIterable, Sendable {
  case soft, softAndHard, hard, derivatives, bfloat16Derivatives, projections, squares
  /// Projections by the kernel, of derivatives of all outputs.
  case projectedRows, bfloat16ProjectedRows
}

/// A network, data and a loss, run both by the kernels and by the reference.
final class MLPCase {
  static let examples = 24
  var network: ReferenceMLP
  let terms: Terms
  let inputs: [Float]
  let targets: [Float]
  let labels: [Int64]
  let derivatives: [Float]
  let halves: [UInt16]
  let projections: [Float]
  let indices: [Int64]
  var temperature: Float { terms == .softAndHard ? 4 : 1 }

  init(
    _ widths: [Int],
    _ activation: distill_mlp_activation,
    batch: Int,
    terms: Terms,
    seed: UInt64,
    gain: Double = 1
  ) {
    network = ReferenceMLP(widths, activation, seed: seed, gain: gain)
    self.terms = terms
    let n = MLPCase.examples
    let k = network.outputs
    let d = network.inputs
    var draws = Draws(seed: seed &+ 1)
    inputs = draws.normals(n * d)
    let logits = draws.normals(n * k)
    targets =
      terms == .projections
      ? (0..<n).flatMap { row in
        logSoftmax(logits[row * k..<(row + 1) * k].map(Double.init)).map { Float(exp($0)) }
      } : logits
    labels = (0..<n).map { _ in Int64(draws.next() % UInt64(k)) }
    let all = draws.normals(n * k * d, scale: 0.3)
    halves = all.map { UInt16($0.bitPattern >> 16) }
    derivatives =
      [.bfloat16Derivatives, .bfloat16ProjectedRows].contains(terms)
      ? halves.map { Float(bitPattern: UInt32($0) << 16) } : all
    projections = draws.normals(max(n, batch) * k)
    indices = (0..<batch).map { _ in Int64(draws.next() % UInt64(n)) }
  }

  var usesDerivatives: Bool {
    terms == .derivatives || terms == .bfloat16Derivatives || projects
  }
  var projects: Bool { terms == .projections || projectsRows }
  var projectsRows: Bool { terms == .projectedRows || terms == .bfloat16ProjectedRows }
  var storesHalves: Bool { terms == .bfloat16Derivatives || terms == .bfloat16ProjectedRows }

  /// Calls `body` with the loss; its pointers are valid during the call.
  func withLoss<Result>(_ body: (inout distill_mlp_loss) -> Result) -> Result {
    var loss = distill_mlp_loss()
    return targets.withUnsafeBufferPointer { targets in
      labels.withUnsafeBufferPointer { labels in
        derivatives.withUnsafeBytes { derivatives in
          halves.withUnsafeBytes { halves in
            projections.withUnsafeBufferPointer { projections in
              loss.temperature = temperature
              loss.soft_weight = [.hard, .derivatives, .squares].contains(terms) ? 0 : 0.7
              loss.soft_targets = targets.baseAddress
              loss.soft_targets_are_logits = terms != .projections
              loss.cross_entropy = terms == .projections
              loss.hard_weight = terms == .hard || terms == .softAndHard ? 0.5 : 0
              loss.labels = labels.baseAddress
              loss.square_weight = terms == .squares ? 0.6 : 0
              loss.square_targets = targets.baseAddress
              loss.derivative_weight = usesDerivatives ? 0.8 : 0
              let stored = storesHalves
              loss.derivatives = stored ? halves.baseAddress : derivatives.baseAddress
              loss.derivative_storage = stored ? DISTILL_MLP_BFLOAT16 : DISTILL_MLP_FLOAT32
              loss.projections = projects ? projections.baseAddress : nil
              loss.projects_derivatives = projectsRows
              return body(&loss)
            }
          }
        }
      }
    }
  }

  /// Loss and gradient by the kernels, or with `rule` the loss before `steps` updates.
  @discardableResult
  func train(
    _ plan: Plan,
    rule: distill_mlp_optimizer = distill_mlp_optimizer(),
    batch: Int? = nil,
    steps: Int = 1,
    threads: Int = 1
  ) -> Double {
    var rule = rule
    return withLoss {
      distill_mlp_train(
        plan.pointer,
        &rule,
        &$0,
        inputs,
        indices,
        Int64(batch ?? indices.count),
        Int64(steps),
        nil,
        Int32(threads)
      )
    }
  }

  func input(_ row: Int) -> [Double] {
    inputs[row * network.inputs..<(row + 1) * network.inputs].map(Double.init)
  }

  /// The same loss by its definition.
  func referenceLoss(_ network: ReferenceMLP) -> Double {
    let k = network.outputs
    let d = network.inputs
    let t = Double(temperature)
    return withLoss { loss in
      var total = 0.0
      for (position, row) in indices.map(Int.init).enumerated() {
        let x = input(row)
        let logits = network.logits(at: x)
        if loss.soft_weight > 0 {
          let f = logSoftmax(logits, temperature: t)
          let given = targets[row * k..<(row + 1) * k].map(Double.init)
          let p =
            loss.soft_targets_are_logits
            ? logSoftmax(given, temperature: t).map { exp($0) } : given
          for c in 0..<k {
            let own = loss.cross_entropy ? 0 : log(p[c])
            total += Double(loss.soft_weight) * t * t * p[c] * (own - f[c])
          }
        }
        if loss.hard_weight > 0 {
          total -= Double(loss.hard_weight) * logSoftmax(logits)[Int(labels[row])]
        }
        if loss.square_weight > 0 {
          let squares = (0..<k).map { pow(logits[$0] - Double(targets[row * k + $0]), 2) }
          total += Double(loss.square_weight) * 0.5 * squares.reduce(0, +)
        }
        guard loss.derivative_weight > 0 else { continue }
        let jacobian = network.jacobian(at: x)
        var squares = 0.0
        if projects {
          let first = (projectsRows ? position : row) * k
          let v = projections[first..<first + k].map(Double.init)
          for i in 0..<d {
            let g = (0..<k).reduce(0.0) { $0 + v[$1] * jacobian[$1][i] }
            let goal =
              projectsRows
              ? (0..<k).reduce(0.0) { $0 + v[$1] * Double(derivatives[(row * k + $1) * d + i]) }
              : Double(derivatives[row * d + i])
            squares += pow(g - goal, 2)
          }
        } else {
          for c in 0..<k {
            for i in 0..<d {
              squares += pow(jacobian[c][i] - Double(derivatives[(row * k + c) * d + i]), 2)
            }
          }
        }
        total += Double(loss.derivative_weight) * squares / Double(2 * k)
      }
      return total / Double(indices.count)
    }
  }
}
