import Networks
import Tensors

/// Exact sampling at the cost of about one evaluation: a hidden unit of degree m is computed once, as
/// soon as the first m inputs are drawn. What came before a block of inputs enters it by one product
/// of matrices.
extension MADE {
  public func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor) {
    drawn(count, from: nil, given: 0, RandomGenerator(seed: seed, stream: stream))
  }

  public func completions(
    of states: Tensor,
    given: Int,
    seed: UInt64,
    stream: Int
  ) throws -> Tensor {
    try checkCompletions(of: states, given: given)
    let generator = RandomGenerator(seed: seed, stream: stream)
    return drawn(states.shape[0], from: states, given: given, generator).samples
  }

  private func drawn(
    _ count: Int,
    from start: Tensor?,
    given: Int,
    _ generator: RandomGenerator
  ) -> (samples: Tensor, logProbability: Tensor) {
    withoutGradient {
      let sampler = Sampler(self)
      let uniforms = Tensor.uniform([count, inputs], using: generator)
      // Rows at a time whose activations stay near the processor.
      let pieces = stride(from: 0, to: count, by: 1_000).map { first in
        let rows = first..<min(first + 1_000, count)
        return sampler.draw(uniforms[rows], from: start?[rows], given: given)
      }
      let samples = Tensor.concatenated(pieces.map(\.samples))
      return (samples, .concatenated(pieces.map(\.logProbability)))
    }
  }

  /// A MADE with the units of every layer sorted by degree.
  private struct Sampler {
    /// Inputs that enter later ones by one product.
    static let block = 16
    let model: MADE
    let order: Tensor
    let layers: [(weight: Tensor, bias: Tensor)]
    let direct: Tensor?
    /// How many of a layer's units have a degree below p, for p in 0 ... inputs; for the inputs p.
    let starts: [[Int]]

    init(_ model: MADE) {
      self.model = model
      let connectivity = model.current.connectivity
      let order = Tensor(connectivity.order)
      self.order = order
      let sorted = connectivity.degrees.map { $0.sorted() }
      let units = [order] + sorted.map(\.indices) + [order]
      layers = model.maskedLayers(model.current.masks).enumerated().map { index, layer in
        let rows = layer.weight[rows: units[index + 1]]
        return (rows.gatheringRows(units[index], along: 1), layer.bias[rows: units[index + 1]])
      }
      direct = model.maskedDirect(model.current.masks).map {
        $0[rows: order].gatheringRows(order, along: 1)
      }
      let places = Tensor.range(0..<(model.inputs + 1))
      starts =
        [places.scalars(Int.self)]
        + sorted.map { $0.values.insertionIndices(of: places).scalars(Int.self) }
    }

    /// What a layer's units in a range get from those of the layer below in another.
    func product(
      _ below: Tensor,
      _ weight: Tensor,
      _ units: Range<Int>,
      _ sources: Range<Int>
    ) -> Tensor {
      below.linear(weight: weight[units].slicing(sources, along: 1))
    }

    func draw(
      _ uniforms: Tensor,
      from start: Tensor?,
      given: Int
    ) -> (samples: Tensor, logProbability: Tensor) {
      let (count, inputs) = (uniforms.shape[0], model.inputs)
      let type = layers[0].weight.elementType
      let given = start?.gatheringRows(order[0..<given], along: 1).cast(to: type)
      let columns = uniforms.cast(to: type).unbound(along: 1)
      // Level 0 holds inputs in their order, level l the units of hidden layer l sorted by degree.
      var done = [Tensor](repeating: .zeros([count, 0], type), count: layers.count)
      var logits: [Tensor] = []
      for first in stride(from: 0, to: inputs, by: Self.block) {
        let places = first..<min(first + Self.block, inputs)
        let bases = starts.map { $0[first] }
        let ranges = starts.dropFirst().map { $0[first]..<$0[places.upperBound] } + [places]
        var before = layers.indices.map { level in
          product(done[level], layers[level].weight, ranges[level], 0..<bases[level])
            + layers[level].bias[ranges[level]]
        }
        if let direct {
          before[layers.count - 1] =
            before[layers.count - 1] + product(done[0], direct, places, 0..<first)
        }
        var fresh = [Tensor](repeating: .zeros([count, 0], type), count: layers.count)
        /// A part of the block's sums with what the block itself adds.
        func sums(_ level: Int, _ units: Range<Int>) -> Tensor {
          let offset = ranges[level].lowerBound
          let known = before[level].slicing(
            (units.lowerBound - offset)..<(units.upperBound - offset),
            along: 1
          )
          let width = fresh[level].shape[1]
          if width == 0 { return known }
          let sources = bases[level]..<(bases[level] + width)
          return known + product(fresh[level], layers[level].weight, units, sources)
        }
        for place in places {
          for level in 0..<(layers.count - 1) {
            let units = starts[level + 1][place]..<starts[level + 1][place + 1]
            if units.isEmpty { continue }
            let h = model.activation(sums(level, units))
            fresh[level + 1] = .concatenated([fresh[level + 1], h], along: 1)
          }
          var z = sums(layers.count - 1, place..<(place + 1))
          let width = fresh[0].shape[1]
          if let direct, width > 0 {
            z = z + product(fresh[0], direct, place..<(place + 1), first..<(first + width))
          }
          let x: Tensor
          if let given, place < given.shape[1] {
            x = given.slicing(place..<(place + 1), along: 1)
          } else {
            x = (columns[place].insertingAxis(1) .< z.sigmoid).cast(to: type)
          }
          logits.append(z)
          fresh[0] = .concatenated([fresh[0], x], along: 1)
        }
        for level in layers.indices {
          done[level] = .concatenated([done[level], fresh[level]], along: 1)
        }
      }
      let z = Tensor.concatenated(logits, along: 1)
      let logProbability = (done[0] * z - z.softplus).sum(along: 1)
      let samples = done[0].gatheringRows(order.sorted().indices, along: 1).cast(to: .uint8)
      return (samples, logProbability)
    }
  }
}
