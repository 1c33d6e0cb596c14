/// Performs one operation in a workspace.
func perform(
  _ operation: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let output = workspace + operation.output
  switch operation.kind {
  case .dense, .convolution: convolve(operation, numbers, workspace)
  case .maxPool, .meanPool: pool(operation, workspace)
  case .sum:
    let (a, b) = (workspace + operation.input, workspace + operation.other)
    for index in 0..<operation.outputCount { output[index] = a[index] + b[index] }
  case .softmax:
    let count = operation.channels / operation.groups
    for group in 0..<operation.groups {
      softmax(workspace + operation.input + group * count, count, into: output + group * count)
    }
  case .nade:
    // Its activation is that of the hidden units.
    output[0] = logProbability(operation, numbers, workspace)
    return
  }
  activate(output, operation.outputCount, operation.activation)
}

private func convolve(
  _ o: StudentOperation,
  _ numbers: UnsafePointer<Float>,
  _ workspace: UnsafeMutablePointer<Float>
) {
  let (input, output) = (workspace + o.input, workspace + o.output)
  let (channels, filters) = (o.channels / o.groups, o.filters / o.groups)
  let run = channels * StudentFormat.lanes
  let apart = o.windowHeight * o.windowWidth * run
  for y in 0..<o.outputHeight {
    let top = y * o.strideDown - o.paddingTop
    let rows = max(0, -top)..<min(o.windowHeight, o.height - top)
    for x in 0..<o.outputWidth {
      let left = x * o.strideRight - o.paddingLeft
      let columns = max(0, -left)..<min(o.windowWidth, o.width - left)
      for group in 0..<o.groups {
        let weights = numbers + o.weights + group * o.blocks * apart
        // Without groups the inputs of a row lie side by side, and so do their weights.
        let isWhole = o.groups == 1
        let place = ((top + rows.lowerBound) * o.width + left + columns.lowerBound) * o.channels
        Window(
          inputs: input + place + group * channels,
          inputStep: o.width * o.channels,
          weights: weights + (rows.lowerBound * o.windowWidth + columns.lowerBound) * run,
          weightStep: o.windowWidth * run,
          rows: rows.count,
          runs: isWhole ? 1 : columns.count,
          runInputStep: o.channels,
          runWeightStep: run,
          count: isWhole ? columns.count * channels : channels
        ).multiply(
          numbers + o.biases + group * o.blocks * StudentFormat.lanes,
          output + (y * o.outputWidth + x) * o.filters + group * filters,
          filters: filters,
          apart: apart
        )
      }
    }
  }
}

private func pool(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  let (input, output) = (workspace + o.input, workspace + o.output)
  let area = Float(o.windowHeight * o.windowWidth)
  for y in 0..<o.outputHeight {
    for x in 0..<o.outputWidth {
      let corner = input + (y * o.strideDown * o.width + x * o.strideRight) * o.channels
      let result = output + (y * o.outputWidth + x) * o.channels
      for channel in 0..<o.channels {
        var value = o.kind == .maxPool ? corner[channel] : 0
        for row in 0..<o.windowHeight {
          for column in 0..<o.windowWidth {
            let next = corner[(row * o.width + column) * o.channels + channel]
            if o.kind == .maxPool {
              if next > value || next != next { value = next }
            } else {
              value += next
            }
          }
        }
        result[channel] = o.kind == .maxPool ? value : value / area
      }
    }
  }
}
