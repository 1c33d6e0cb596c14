#if canImport(CStudentKernels) && _endian(little)
  import CStudentKernels
#endif

/// Performs one operation in a workspace.
///
/// - Parameter words: Those of the operation.
func perform(
  _ operation: StudentOperation,
  _ words: UnsafeRawPointer,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let output = workspace + operation.output
  switch operation.kind {
  case .dense, .convolution, .channelwise:
    #if canImport(CStudentKernels) && _endian(little)
      student_multiply(words, numbers, workspace)
      if operation.activation == .relu { return }
    #else
      multiply(operation, numbers, workspace)
    #endif
  case .maxPool, .meanPool: pool(operation, workspace)
  case .sum:
    let (a, b) = (workspace + operation.input, workspace + operation.other)
    for index in 0..<operation.outputCount { output[index] = a[index] + b[index] }
  case .softmax:
    let count = operation.channels / operation.groups
    for group in 0..<operation.groups {
      softmax(workspace + operation.input + group * count, count, into: output + group * count)
    }
  #if STUDENT_WITHOUT_RECURRENCES
    case .lstm, .gru: return
  #else
    case .lstm, .gru: recur(operation, numbers, workspace)
  #endif
  #if STUDENT_WITHOUT_ATTENTION
    case .attention, .weightedAttention: return
  #else
    case .attention, .weightedAttention: attend(operation, workspace)
  #endif
  #if STUDENT_WITHOUT_SEQUENCES
    case .layerNorm, .embedding, .shift: return
  #else
    case .layerNorm: normalizeLayer(operation, numbers, workspace)
    case .embedding: embed(operation, numbers, workspace)
    case .shift:
      let (a, b) = (workspace + operation.input, numbers + operation.weights)
      for index in 0..<operation.outputCount { output[index] = a[index] + b[index] }
  #endif
  #if STUDENT_WITHOUT_WEIGHTED_MEANS
    case .weightedMean: return
  #else
    case .weightedMean: weightedMean(operation, workspace)
  #endif
  #if STUDENT_WITHOUT_MAPS
    case .upsample, .join: return
  #else
    case .upsample: upsample(operation, workspace)
    case .join: join(operation, workspace)
  #endif
  #if STUDENT_WITHOUT_DENSITIES
    case .bernoulli, .prefixes, .rows, .normalDensity, .logSum, .nade: return
  #else
    case .bernoulli:
      let (bits, logits) = (workspace + operation.input, workspace + operation.other)
      output[0] = logProbability(of: bits, by: logits, operation.channels)
    case .prefixes: accumulate(operation, numbers, workspace)
    case .rows: multiplyRows(operation, numbers, workspace)
    case .normalDensity: output[0] = logDensity(operation, numbers, workspace)
    case .logSum:
      let (a, b) = (workspace + operation.input, workspace + operation.other)
      for index in 0..<operation.outputCount {
        output[index] = Float(logarithmOfSum(Double(a[index]), Double(b[index])))
      }
    case .nade:
      // Its activation is that of the hidden units.
      output[0] = logProbability(operation, numbers, workspace)
      return
  #endif
  }
  activate(output, operation.outputCount, operation.activation)
}

private func pool(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  let (input, output) = (workspace + o.input, workspace + o.output)
  let area = Float(o.windowHeight * o.windowWidth)
  let isLargest = o.kind == .maxPool
  for y in 0..<o.outputHeight {
    for x in 0..<o.outputWidth {
      let corner = input + (y * o.strideDown * o.width + x * o.strideRight) * o.channels
      let result = output + (y * o.outputWidth + x) * o.channels
      for channel in 0..<o.channels { result[channel] = isLargest ? corner[channel] : 0 }
      for row in 0..<o.windowHeight {
        for column in 0..<o.windowWidth {
          let pixel = corner + (row * o.width + column) * o.channels
          if isLargest {
            for channel in 0..<o.channels {
              let (next, value) = (pixel[channel], result[channel])
              result[channel] = next > value || next != next ? next : value
            }
          } else {
            for channel in 0..<o.channels { result[channel] += pixel[channel] }
          }
        }
      }
      if !isLargest {
        for channel in 0..<o.channels { result[channel] /= area }
      }
    }
  }
}
