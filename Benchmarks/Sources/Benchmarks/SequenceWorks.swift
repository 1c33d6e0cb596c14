import Distill

/// Training steps of a small recurrent language model towards what a teacher said about every byte, and
/// of a classifier of captions.
var sequenceWorks: [Work] {
  [
    Work(name: "sequence-gru") {
      let (windows, length, tokens) = (16, 64, 92)
      let count = windows * length
      func model() -> SequenceModel {
        filled(
          SequenceModel(
            tokens: tokens,
            width: 16,
            hidden: 64,
            length: length,
            using: RandomGenerator(seed: 0)
          )
        )
      }
      let inputs = Tensor(numbers(count, seed: 70).map { Int($0 * Float(tokens)) })
      let said = Tensor(symmetric(count * tokens, within: 4, seed: 71), shape: [count, tokens])
      let target = Observation(said.logSoftmax(), meaning: .logProbabilities)
      return try steps(on: Batch(inputs), toward: target, .kullbackLeibler(), model)
    },
    Work(name: "caption-ngrams") {
      let (captions, length, classes) = (64, 64, 9)
      let inputs = Tensor(
        numbers(captions * length, seed: 72).map { Int($0 * 257) + 1 },
        shape: [captions, length]
      )
      let said = Tensor(
        symmetric(captions * classes, within: 2, seed: 73),
        shape: [captions, classes]
      )
      let target = Observation(said.softmax(), meaning: .probabilities)
      return try steps(on: Batch(inputs), toward: target, .softCrossEntropy()) {
        filled(ByteNGrams(classes: classes, rows: 2_048))
      }
    },
  ]
}

/// With the same numbers as the peer's, by the order of the parameters' names.
private func filled<Network: Module>(_ network: Network) -> Network {
  for (index, (_, parameter)) in network.namedParameters.sorted(by: { $0.path < $1.path })
    .enumerated()
  {
    let values = symmetric(parameter.value.count, within: 0.1, seed: 80 + index)
    parameter.replace(with: Tensor(values, shape: parameter.shape))
  }
  return network
}

/// Steps of a network with Adam towards what a teacher said.
func steps<Network: Module>(
  on batch: Batch,
  toward target: Observation,
  _ loss: Loss,
  _ network: () throws -> Network
) throws -> Prepared {
  func distiller() throws -> Distiller<Network> {
    Distiller(try network(), minimizing: loss, using: Adam(learningRate: 1e-4))
  }
  let check = try distiller().step(on: batch, toward: target)
  let trained = try distiller()
  return Prepared(
    check: check,
    versions: [
      Version(name: "Distill", repeats: 10) {
        for _ in 0..<10 { try trained.step(on: batch, toward: target) }
      }
    ]
  )
}
