/// (x − mean)/√(variance + ε)·weight + bias over the channels of each position.
func normalizeLayer(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let factors = numbers + o.weights
  let summands = factors + o.channels
  let epsilon = Double(summands[o.channels])
  for position in 0..<o.height * o.width {
    let (input, output) = (
      workspace + o.input + position * o.channels, workspace + o.output + position * o.channels
    )
    var sum = 0.0
    for channel in 0..<o.channels { sum += Double(input[channel]) }
    let mean = sum / Double(o.channels)
    var squares = 0.0
    for channel in 0..<o.channels {
      let difference = Double(input[channel]) - mean
      squares += difference * difference
    }
    let scale = 1 / (squares / Double(o.channels) + epsilon).squareRoot()
    for channel in 0..<o.channels {
      let value = Float((Double(input[channel]) - mean) * scale)
      output[channel] = value * factors[channel] + summands[channel]
    }
  }
}

/// Rows of a table; what is no entry has the first row.
func embed(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  for position in 0..<o.width {
    let x = workspace[o.input + position]
    let entry = x >= 0 && x < Float(o.hidden) ? Int(x) : 0
    let row = numbers + o.weights + entry * o.filters
    let output = workspace + o.output + position * o.filters
    for channel in 0..<o.filters { output[channel] = row[channel] }
  }
}

/// Σ w x / Σ w over positions.
func weightedMean(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  let (output, weights) = (workspace + o.output, workspace + o.other)
  for channel in 0..<o.channels { output[channel] = 0 }
  var sum = 0.0
  for position in 0..<o.width {
    sum += Double(weights[position])
    add(
      workspace + o.input + position * o.channels,
      times: weights[position],
      to: output,
      o.channels
    )
  }
  let scale = Float(max(sum, Double(StudentFormat.leastWeight)))
  for channel in 0..<o.channels { output[channel] /= scale }
}

/// softmax(q·kᵀ/√width)·v in each head, of queries, keys and values that lie side by side.
func attend(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  let (input, output, scores) = (workspace + o.input, workspace + o.output, workspace + o.other)
  let width = o.filters / o.groups
  let scale = Float(1 / Double(width).squareRoot())
  let isWeighted = o.kind == .weightedAttention
  for head in 0..<o.groups {
    for position in 0..<o.width {
      let query = input + position * o.channels + head * width
      let count = o.hidden == 1 ? position + 1 : o.width
      for other in 0..<count {
        let key = input + other * o.channels + o.filters + head * width
        scores[other] = scale * dotProduct(query, key, width)
        if isWeighted && !(workspace[o.weights + other] > 0) {
          scores[other] -= StudentFormat.unheard
        }
      }
      softmax(scores, count, into: scores)
      let result = output + position * o.filters + head * width
      for channel in 0..<width { result[channel] = 0 }
      for other in 0..<count {
        let value = input + other * o.channels + 2 * o.filters + head * width
        add(value, times: scores[other], to: result, width)
      }
    }
  }
}

@inline(__always)
func dotProduct(
  _ a: UnsafePointer<Float>,
  _ b: UnsafePointer<Float>,
  _ count: Int
) -> Float {
  var products = Lanes(repeating: 0)
  var index = 0
  while index + StudentFormat.lanes <= count {
    products += lanes(a + index) * lanes(b + index)
    index += StudentFormat.lanes
  }
  var sum = products.sum()
  while index < count {
    sum += a[index] * b[index]
    index += 1
  }
  return sum
}

@inline(__always)
private func add(
  _ numbers: UnsafePointer<Float>,
  times factor: Float,
  to result: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  var index = 0
  while index + StudentFormat.lanes <= count {
    let sum = lanes(result + index) + lanes(numbers + index) * factor
    UnsafeMutableRawPointer(result + index).storeBytes(of: sum, as: Lanes.self)
    index += StudentFormat.lanes
  }
  while index < count {
    result[index] += factor * numbers[index]
    index += 1
  }
}
