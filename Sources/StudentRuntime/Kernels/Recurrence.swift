#if canImport(CStudentKernels) && _endian(little)
  import CStudentKernels
#endif

/// LSTM and GRU as PyTorch has them, from a state of zeros, one direction after the other.
func recur(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let (hidden, gates) = (o.hidden, o.gateCount)
  // Gates from all inputs, gates from the state, the state, and the cells of an LSTM.
  let ofInputs = o.other
  let ofState = ofInputs + o.width * gates
  let state = workspace + ofState + gates
  let cells = state + hidden
  for direction in 0..<o.groups {
    let weights = o.weights + direction * o.paddedGates * (o.channels + hidden)
    let biases = o.biases + 2 * direction * o.paddedGates
    Product(
      input: o.input,
      channels: o.channels,
      output: ofInputs,
      filters: gates,
      positions: o.width,
      weights: weights,
      biases: biases
    ).perform(numbers, workspace)
    let next = Product(
      input: ofState + gates,
      channels: hidden,
      output: ofState,
      filters: gates,
      positions: 1,
      weights: weights + o.paddedGates * o.channels,
      biases: biases + o.paddedGates
    )
    for unit in 0..<2 * hidden { state[unit] = 0 }
    for step in 0..<o.width {
      let position = direction == 0 ? step : o.width - 1 - step
      next.perform(numbers, workspace)
      let (own, from) = (workspace + ofInputs + position * gates, workspace + ofState)
      if o.kind == .lstm {
        advanceLSTM(own, from, state, cells, hidden)
      } else {
        advanceGRU(own, from, state, hidden)
      }
      let output = workspace + o.output + position * o.filters + direction * hidden
      for unit in 0..<hidden { output[unit] = state[unit] }
    }
  }
}

/// c ← f·c + i·g, h ← o·tanh(c).
private func advanceLSTM(
  _ gates: UnsafeMutablePointer<Float>,
  _ ofState: UnsafeMutablePointer<Float>,
  _ state: UnsafeMutablePointer<Float>,
  _ cells: UnsafeMutablePointer<Float>,
  _ hidden: Int
) {
  for index in 0..<4 * hidden { gates[index] += ofState[index] }
  activate(gates, 2 * hidden, .sigmoid)
  activate(gates + 2 * hidden, hidden, .tanh)
  activate(gates + 3 * hidden, hidden, .sigmoid)
  for unit in 0..<hidden {
    cells[unit] = gates[hidden + unit] * cells[unit] + gates[unit] * gates[2 * hidden + unit]
    state[unit] = cells[unit]
  }
  activate(state, hidden, .tanh)
  for unit in 0..<hidden { state[unit] *= gates[3 * hidden + unit] }
}

/// h ← (1 − z)·n + z·h with n = tanh(Wx + b + r·(Uh + b′)).
private func advanceGRU(
  _ gates: UnsafeMutablePointer<Float>,
  _ ofState: UnsafeMutablePointer<Float>,
  _ state: UnsafeMutablePointer<Float>,
  _ hidden: Int
) {
  for index in 0..<2 * hidden { gates[index] += ofState[index] }
  activate(gates, 2 * hidden, .sigmoid)
  let new = gates + 2 * hidden
  for unit in 0..<hidden { new[unit] += gates[unit] * ofState[2 * hidden + unit] }
  activate(new, hidden, .tanh)
  for unit in 0..<hidden {
    let kept = gates[hidden + unit]
    state[unit] = (1 - kept) * new[unit] + kept * state[unit]
  }
}

/// A dense layer at each of some positions.
struct Product {
  /// Where the inputs are, and how many of them each position has.
  var input: Int
  var channels: Int
  var output: Int
  var filters: Int
  var positions: Int
  var weights: Int
  var biases: Int

  func perform(_ numbers: UnsafePointer<Float>, _ workspace: UnsafeMutablePointer<Float>) {
    #if canImport(CStudentKernels) && _endian(little)
      withUnsafeBytes(of: ProductWords(self)) { words in
        student_multiply(words.baseAddress!, numbers, workspace)
      }
    #else
      multiply(StudentOperation(self), numbers, workspace)
    #endif
  }
}

#if canImport(CStudentKernels) && _endian(little)
  /// The words that a file would have for a product.
  private struct ProductWords {
    private let kind = StudentOperation.Kind.convolution.rawValue
    private let activation: UInt32 = 0
    private let input: UInt32
    private let output: UInt32
    private let other: UInt32 = 0
    private let channels: UInt32
    private let height: UInt32 = 1
    private let width: UInt32
    private let filters: UInt32
    private let outputHeight: UInt32 = 1
    private let outputWidth: UInt32
    private let windowHeight: UInt32 = 1
    private let windowWidth: UInt32 = 1
    private let strideDown: UInt32 = 1
    private let strideRight: UInt32 = 1
    private let paddingTop: UInt32 = 0
    private let paddingLeft: UInt32 = 0
    private let groups: UInt32 = 1
    private let weights: UInt32
    private let biases: UInt32
    private let hidden: UInt32 = 0

    init(_ product: Product) {
      (input, output) = (UInt32(product.input), UInt32(product.output))
      (channels, filters) = (UInt32(product.channels), UInt32(product.filters))
      (width, outputWidth) = (UInt32(product.positions), UInt32(product.positions))
      (weights, biases) = (UInt32(product.weights), UInt32(product.biases))
    }
  }
#endif
