#if !canImport(CStudentKernels) || _endian(big)
  /// Performs a dense layer or a convolution, where the kernels in C are not: in WebAssembly and other
  /// Embedded Swift.
  func multiply(
    _ o: StudentOperation,
    _ numbers: UnsafePointer<Float>,
    _ workspace: UnsafeMutablePointer<Float>
  ) {
    let (input, output) = (workspace + o.input, workspace + o.output)
    if o.kind == .channelwise { return multiplyChannelwise(o, numbers, input, output) }
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

  private func multiplyChannelwise(
    _ o: StudentOperation,
    _ numbers: UnsafePointer<Float>,
    _ input: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    for y in 0..<o.outputHeight {
      let top = y * o.strideDown - o.paddingTop
      for x in 0..<o.outputWidth {
        let left = x * o.strideRight - o.paddingLeft
        let result = output + (y * o.outputWidth + x) * o.channels
        for channel in 0..<o.channels { result[channel] = numbers[o.biases + channel] }
        for row in max(0, -top)..<min(o.windowHeight, o.height - top) {
          for column in max(0, -left)..<min(o.windowWidth, o.width - left) {
            let pixel = input + ((top + row) * o.width + left + column) * o.channels
            let place = (row * o.windowWidth + column) * o.paddedChannels
            let factors = numbers + o.weights + place
            for channel in 0..<o.channels { result[channel] += factors[channel] * pixel[channel] }
          }
        }
      }
    }
  }
#endif
