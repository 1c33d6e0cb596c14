/// Every pixel so many times, side by side and one below the other.
func upsample(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  var output = workspace + o.output
  for row in 0..<o.outputHeight {
    let source = workspace + o.input + row / o.hidden * o.width * o.channels
    for column in 0..<o.outputWidth {
      let pixel = source + column / o.hidden * o.channels
      for channel in 0..<o.channels { output[channel] = pixel[channel] }
      output += o.channels
    }
  }
}

/// The positions of one sequence, and then those of another.
func join(_ o: StudentOperation, _ workspace: UnsafeMutablePointer<Float>) {
  let (output, first, second) = (
    workspace + o.output, workspace + o.input, workspace + o.other
  )
  for index in 0..<o.inputCount { output[index] = first[index] }
  for index in o.inputCount..<o.outputCount { output[index] = second[index - o.inputCount] }
}
