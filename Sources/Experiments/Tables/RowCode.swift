import Distill

/// Rows as binary states: each column is cut at its quantiles into pieces, which are numbered in Gray
/// code, so that neighbours differ in one digit. A model of binary states is a model of rows then.
struct RowCode {
  /// One column.
  private struct Column {
    /// The first number of each piece, rising.
    let starts: [Float]
    /// The numbers of the training part in each piece.
    let members: [[Float]]
    let digits: Int

    init(_ numbers: [Float], digits most: Int) {
      let sorted = numbers.sorted()
      var starts: [Float] = []
      for (index, number) in sorted.enumerated() where index == 0 || number > sorted[index - 1] {
        starts.append(number)
      }
      let pieces = 1 << most
      if starts.count > pieces {
        let places = (0..<pieces).map { sorted[$0 * sorted.count / pieces] }
        starts = []
        for start in places where start > starts.last ?? -.infinity { starts.append(start) }
        if starts.isEmpty { starts = [sorted[0]] }
      }
      self.starts = starts
      digits = max(1, Int.bitWidth - (starts.count - 1).leadingZeroBitCount)
      var members = [[Float]](repeating: [], count: starts.count)
      for number in numbers { members[Self.piece(number, starts)].append(number) }
      self.members = members
    }

    static func piece(_ number: Float, _ starts: [Float]) -> Int {
      var (low, high) = (0, starts.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if number >= starts[middle] { low = middle } else { high = middle }
      }
      return low
    }
  }

  private let columns: [Column]
  private let classDigits: Int

  /// The number of binary digits of a row.
  var width: Int { classDigits + columns.reduce(0) { $0 + $1.digits } }

  /// - Parameters:
  ///   - rows: `[rows, columns]`, the training part.
  ///   - digits: Of a column at most.
  init(_ rows: Tensor, classes: Int, digits: Int) {
    columns = rows.transposed().contiguous.unbound().map {
      Column($0.scalars(Float.self), digits: digits)
    }
    classDigits = max(1, Int.bitWidth - (classes - 1).leadingZeroBitCount)
  }

  /// `[rows, width]`, the class first: what comes later depends on it.
  func states(_ rows: Tensor, _ labels: Tensor) -> Tensor {
    let count = rows.shape[0]
    let numbers = rows.scalars(Float.self)
    var states: [Float] = []
    states.reserveCapacity(count * width)
    func append(_ number: Int, _ digits: Int) {
      let gray = number ^ number >> 1
      for digit in (0..<digits).reversed() { states.append(Float(gray >> digit & 1)) }
    }
    for (row, label) in labels.scalars(Int.self).enumerated() {
      append(label, classDigits)
      for (index, column) in columns.enumerated() {
        append(Column.piece(numbers[row * columns.count + index], column.starts), column.digits)
      }
    }
    return Tensor(states, shape: [count, width])
  }

  /// A row for each state, with numbers of the training part out of the pieces.
  func rows(_ states: Tensor, seed: UInt64) -> Tensor {
    let count = states.shape[0]
    let digits = states.cast(to: .float32).scalars(Float.self)
    let picks = Tensor.uniform([count, columns.count], using: RandomGenerator(seed: seed))
      .scalars(Float.self)
    var numbers: [Float] = []
    numbers.reserveCapacity(count * columns.count)
    for row in 0..<count {
      var place = row * width + classDigits
      for (index, column) in columns.enumerated() {
        var piece = 0
        for _ in 0..<column.digits {
          // Each digit of Gray code says whether the digit of the number changes.
          piece = piece << 1 | (piece & 1 ^ (digits[place] > 0.5 ? 1 : 0))
          place += 1
        }
        let members = column.members[min(piece, column.members.count - 1)]
        let pick = Int(picks[row * columns.count + index] * Float(members.count))
        numbers.append(members[min(pick, members.count - 1)])
      }
    }
    return Tensor(numbers, shape: [count, columns.count])
  }
}

extension TableTask {
  /// Rows that a NADE samples, after it was trained on the training part.
  func sampled(_ count: Int) throws -> Tensor {
    let seed = run.seed &+ 31
    let code = RowCode(
      training.inputs,
      classes: training.classes.count,
      digits: options.digits
    )
    let nade = NADE(
      inputs: code.width,
      hidden: options.densityHidden,
      using: RandomGenerator(seed: seed)
    )
    let file = "\(name)-nade"
    if run.folder.contains("\(file).safetensors") {
      try nade.load(from: run.folder.file("\(file).safetensors"))
      // Where it was stopped between the network and what follows.
      run.folder.remove("\(file).checkpoint.safetensors")
    } else {
      let states = Examples(code.states(training.inputs, training.labels))
      run.work.begin("\(name), NADE of \(code.width) digits", of: options.densitySteps)
      let distiller = Distiller(
        nade,
        minimizing: .negativeLogLikelihood,
        using: Adam(learningRate: 2e-3),
        schedule: .linear(over: options.densitySteps),
        seed: seed
      )
      let record = try distiller.run(
        on: states.batches(of: 100, epochs: nil, shuffled: seed).limited(to: options.densitySteps),
        checkpointing: CheckpointPolicy(
          run.folder.file("\(file).checkpoint.safetensors"),
          everySeconds: 15
        )
      ) { step in
        run.work.update(step.step, loss: step.loss)
        return run.work.isCancelled() ? .stop : .proceed
      }
      run.work.end()
      guard record.ending == .finished else { throw run.stopped(done()) }
      try nade.save(to: run.folder.file("\(file).safetensors"), metadata: ["seed": "\(seed)"])
      run.folder.remove("\(file).checkpoint.safetensors")
    }
    return code.rows(nade.samples(count, seed: seed), seed: seed &+ 1)
  }
}
