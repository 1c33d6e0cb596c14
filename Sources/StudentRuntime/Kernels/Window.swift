#if !canImport(CStudentKernels) || _endian(big)
  /// Adds products of inputs and weights to four blocks of outputs.
  ///
  /// Each output is a sum in the order of its inputs, so that it has the same bits wherever it is
  /// computed. Inputs that are zero add nothing and are passed over.
  ///
  /// - Parameter apart: How many numbers the blocks are apart.
  @inline(__always)
  private func accumulate(
    _ sums: inout (Lanes, Lanes, Lanes, Lanes),
    _ inputs: UnsafePointer<Float>,
    _ count: Int,
    _ weights: UnsafePointer<Float>,
    apart: Int
  ) {
    var (a, b, c, d) = sums
    var row = weights
    for index in 0..<count {
      let x = inputs[index]
      if x != 0 {
        a += lanes(row) * x
        b += lanes(row + apart) * x
        c += lanes(row + 2 &* apart) * x
        d += lanes(row + 3 &* apart) * x
      }
      row += StudentFormat.lanes
    }
    sums = (a, b, c, d)
  }

  /// The same for one block.
  @inline(__always)
  private func accumulate(
    _ sum: inout Lanes,
    _ inputs: UnsafePointer<Float>,
    _ count: Int,
    _ weights: UnsafePointer<Float>
  ) {
    var result = sum
    var row = weights
    for index in 0..<count {
      let x = inputs[index]
      if x != 0 { result += lanes(row) * x }
      row += StudentFormat.lanes
    }
    sum = result
  }

  /// The inputs and weights that one pixel of the output is made of.
  struct Window {
    /// Where the inputs of the first row are, and how many numbers the next row is further.
    var inputs: UnsafePointer<Float>
    var inputStep: Int
    var weights: UnsafePointer<Float>
    var weightStep: Int
    var rows: Int
    /// Runs in a row; how far the next is, in inputs and in weights; how many inputs each has.
    var runs: Int
    var runInputStep: Int
    var runWeightStep: Int
    var count: Int

    /// Sums of one pixel and one group.
    ///
    /// - Parameters:
    ///   - outputs: Room for `filters` numbers.
    ///   - apart: How many numbers the blocks of weights are apart.
    func multiply(
      _ biases: UnsafePointer<Float>,
      _ outputs: UnsafeMutablePointer<Float>,
      filters: Int,
      apart: Int
    ) {
      let lane = StudentFormat.lanes
      var block = 0
      let blocks = (filters + lane - 1) / lane
      while block + 4 <= blocks {
        let bias = biases + block * lane
        var sums = (lanes(bias), lanes(bias + 8), lanes(bias + 16), lanes(bias + 24))
        for row in 0..<rows {
          for run in 0..<runs {
            accumulate(
              &sums,
              inputs.advanced(by: inputPlace(row, run)),
              count,
              weights.advanced(by: block * apart + weightPlace(row, run)),
              apart: apart
            )
          }
        }
        store(sums.0, outputs, block, filters)
        store(sums.1, outputs, block + 1, filters)
        store(sums.2, outputs, block + 2, filters)
        store(sums.3, outputs, block + 3, filters)
        block += 4
      }
      while block < blocks {
        var sum = lanes(biases + block * lane)
        for row in 0..<rows {
          for run in 0..<runs {
            accumulate(
              &sum,
              inputs.advanced(by: inputPlace(row, run)),
              count,
              weights.advanced(by: block * apart + weightPlace(row, run))
            )
          }
        }
        store(sum, outputs, block, filters)
        block += 1
      }
    }

    @inline(__always)
    private func inputPlace(_ row: Int, _ run: Int) -> Int { row * inputStep + run * runInputStep }

    @inline(__always)
    private func weightPlace(_ row: Int, _ run: Int) -> Int {
      row * weightStep + run * runWeightStep
    }

    @inline(__always)
    private func store(
      _ sum: Lanes,
      _ outputs: UnsafeMutablePointer<Float>,
      _ block: Int,
      _ filters: Int
    ) {
      let first = block * StudentFormat.lanes
      if first + StudentFormat.lanes <= filters {
        UnsafeMutableRawPointer(outputs + first).storeBytes(of: sum, as: Lanes.self)
      } else {
        for index in first..<filters { outputs[index] = sum[index - first] }
      }
    }
  }
#endif
