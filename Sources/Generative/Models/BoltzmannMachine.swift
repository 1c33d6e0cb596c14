import Tensors

/// A fully visible Boltzmann machine (Ackley, Hinton & Sejnowski 1985): log p̃(x) = b·x + ½ xᵀJx over
/// x in {0, 1}, J symmetric with a zero diagonal.
public struct BoltzmannMachine: ChainModel {
  /// J, `[inputs, inputs]`, Float32.
  public let couplings: Tensor
  /// b, `[inputs]`.
  public let bias: Tensor
  private let groups: UnitGroups

  public init(couplings: Tensor, bias: Tensor) {
    let count = bias.count
    precondition(
      bias.rank == 1 && couplings.shape == [count, count],
      "BoltzmannMachine: couplings of shape \(couplings.shape) for biases of shape \(bias.shape)"
    )
    precondition(
      couplings.largestDifference(from: couplings.transposed()) == 0
        && couplings.diagonal().magnitude.maximum().doubleValue == 0,
      "BoltzmannMachine: couplings must be symmetric with a zero diagonal"
    )
    self.couplings = couplings.cast(to: .float32)
    self.bias = bias.cast(to: .float32)
    groups = UnitGroups(couplings: couplings)
  }

  /// The Ising model on a square lattice with periodic boundaries (Ising 1925): spins s = 2x − 1 and
  /// log p̃ = J·Σ_⟨ij⟩ s_i s_j + h·Σ_i s_i up to a constant, which is that of the biases and couplings
  /// below: log Z in spins is larger by J·(bonds) − h·(sites).
  ///
  /// - Parameters:
  ///   - side: At least 3 spins a side, so that no two are neighbours twice.
  ///   - coupling: J in units of temperature; the critical one of the infinite lattice is 0.4407.
  ///   - field: h.
  public static func ising(side: Int, coupling: Double, field: Double = 0) -> BoltzmannMachine {
    precondition(side >= 3, "BoltzmannMachine.ising: \(side) spins a side; at least 3")
    let count = side * side
    var couplings = [Float](repeating: 0, count: count * count)
    for row in 0..<side {
      for column in 0..<side {
        let here = row * side + column
        for other in [(row + 1) % side * side + column, row * side + (column + 1) % side] {
          // J s_i s_j = 4J x_i x_j − 2J (x_i + x_j) + J.
          couplings[here * count + other] = Float(4 * coupling)
          couplings[other * count + here] = Float(4 * coupling)
        }
      }
    }
    return BoltzmannMachine(
      couplings: Tensor(couplings, shape: [count, count]),
      bias: .full(2 * field - 8 * coupling, [count])
    )
  }

  public var inputs: Int { bias.count }

  public func logUnnormalized(_ states: Tensor) -> Tensor {
    let x = states.cast(to: .float32)
    return (x * (x.matmul(couplings) * 0.5 + bias)).sum(along: 1)
  }

  public func preciseLogUnnormalized(_ states: Tensor) -> Tensor {
    let x = states.cast(to: .float64)
    let field = x.matmul(couplings.cast(to: .float64)) * 0.5 + bias.cast(to: .float64)
    return (x * field).sum(along: 1)
  }

  /// b + Jx, `[count, inputs]`.
  public func inputDerivative(_ states: Tensor) -> Tensor {
    states.cast(to: .float32).matmul(couplings) + bias
  }

  /// Gibbs sweeps: every unit in turn, all chains side by side, units that are not coupled at once.
  /// Costs a few operator calls for each group of such units.
  public func advance(_ chains: inout Chains, steps: Int) {
    let order = Tensor(groups.order)
    let couplings = couplings[rows: order].gatheringRows(order, along: 1)
    let bias = bias[rows: order].insertingAxis(1)
    var states = chains.states.cast(to: .float32).transposed()[rows: order]
    for _ in 0..<steps {
      // Numbers depend on the seed and the step alone, so that a saved state goes on the same.
      let generator = RandomGenerator(seed: chains.seed &+ UInt64(chains.step) &* 0x9E37_79B9)
      let uniforms = Tensor.uniform([inputs, chains.count], using: generator)
      // Of each unit, log p(1)/p(0) given the others.
      var logits = couplings.matmul(states) + bias
      states = .concatenated(
        groups.ranges.map { range in
          let drawn = (uniforms[range] .< logits[range].sigmoid).cast(to: .float32)
          if range.upperBound < inputs {
            let change = drawn - states[range]
            logits = logits + couplings.slicing(range, along: 1).matmul(change)
          }
          return drawn
        }
      )
      chains.step += 1
    }
    chains.states = states[rows: Tensor(groups.places)].transposed().contiguous.cast(to: .uint8)
  }
}
