/// log q of the input of a NADE, one input after another: the hidden units know those before it.
func logProbability(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) -> Float {
  let (input, sums) = (workspace + o.input, workspace + o.other)
  let units = sums + o.hidden
  var weights = numbers + o.weights
  var outputWeights = weights + o.channels * o.hidden
  let hiddenBiases = numbers + o.biases
  let visibleBiases = hiddenBiases + o.hidden
  let order = visibleBiases + o.channels
  for unit in 0..<o.hidden { sums[unit] = hiddenBiases[unit] }
  var total = 0.0
  for step in 0..<o.channels {
    for unit in 0..<o.hidden { units[unit] = sums[unit] }
    activate(units, o.hidden, o.activation)
    var products = SIMD8<Float>(repeating: 0)
    for unit in stride(from: 0, to: o.hidden, by: StudentFormat.lanes) {
      products += lanes(units + unit) * lanes(outputWeights + unit)
    }
    let logit = Double(visibleBiases[step] + products.sum())
    let x = input[Int(order[step])]
    total += Double(x) * logit - softplus(logit)
    if x != 0 {
      for unit in 0..<o.hidden { sums[unit] += x * weights[unit] }
    }
    weights += o.hidden
    outputWeights += o.hidden
  }
  return Float(total)
}

/// log P of bits by their logits.
func logProbability(
  of bits: UnsafePointer<Float>,
  by logits: UnsafePointer<Float>,
  _ count: Int
) -> Float {
  var total = 0.0
  for index in 0..<count {
    let logit = Double(logits[index])
    total += Double(bits[index]) * logit - softplus(logit)
  }
  return Float(total)
}
