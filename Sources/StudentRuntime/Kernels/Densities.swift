/// What is known before each input: the sums of those before it in the order, times a factor.
func accumulate(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let (hidden, input) = (o.filters, workspace + o.input)
  let biases = numbers + o.biases
  let factors = biases + hidden
  let order = factors + o.width
  var weights = numbers + o.weights
  var row = workspace + o.output
  for unit in 0..<hidden { row[unit] = biases[unit] }
  for position in 0..<o.width - 1 {
    let x = input[Int(order[position])]
    let next = row + hidden
    for unit in 0..<hidden { next[unit] = row[unit] + x * weights[unit] }
    if o.hidden == 1 {
      let masks = weights + o.width * hidden
      for unit in 0..<hidden { next[unit] += masks[unit] }
    }
    row = next
    weights += hidden
  }
  row = workspace + o.output
  for position in 0..<o.width {
    for unit in 0..<hidden { row[unit] *= factors[position] }
    row += hidden
  }
}

/// Linear functions of the features of each position, to the place of the result that is its own.
func multiplyRows(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let biases = numbers + o.biases
  let order = biases + o.width * o.filters
  var weights = numbers + o.weights
  for position in 0..<o.width {
    let features = workspace + o.input + position * o.channels
    let result = workspace + o.output + Int(order[position]) * o.filters
    for output in 0..<o.filters {
      let bias = biases[position * o.filters + output]
      result[output] = bias + dotProduct(features, weights, o.channels)
      weights += o.channels
    }
  }
}

/// log(exp(a) + exp(b)).
func logarithmOfSum(_ a: Double, _ b: Double) -> Double {
  a > b ? a + softplus(b - a) : b + softplus(a - b)
}

/// log of the density of each input in a mixture of normal distributions of its own, whose logits,
/// means and logarithms of deviations lie side by side.
func logDensity(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) -> Float {
  var parts = workspace + o.other
  var total = 0.0
  for position in 0..<o.width {
    let x = Double(workspace[o.input + position])
    var (joint, all) = (-Double.infinity, -Double.infinity)
    for component in 0..<o.hidden {
      let logit = Double(parts[component])
      let logDeviation = Double(parts[2 * o.hidden + component])
      let z = (x - Double(parts[o.hidden + component])) * exponential(-logDeviation)
      all = logarithmOfSum(all, logit)
      joint = logarithmOfSum(joint, logit - logDeviation - z * z / 2)
    }
    // ½ log 2π.
    total += joint - all - 0.9189385332046727
    parts += 3 * o.hidden
  }
  return Float(total + Double(numbers[o.weights]))
}
