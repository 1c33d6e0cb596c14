import StudentRuntime

/// Where every value of a graph is in memory, and the numbers as `StudentRuntime` wants them.
struct StudentPlan {
  let graph: StudentGraph
  /// Means and deviations first.
  private(set) var numbers: [Float]
  /// Where each value begins in the workspace.
  private(set) var places: [Int] = []
  private(set) var workspace = 0
  /// Where the operations that need room of their own have it.
  private(set) var rooms: [Int: Int] = [:]
  /// For each operation where its weights and biases are among the numbers.
  private(set) var weights: [(weights: Int, biases: Int)] = []

  /// The shape of an input as its numbers come; those of a sequence lie as they are computed with.
  let input: StudentGraph.Shape
  /// How many means and deviations there are.
  let scalingCount: Int

  init(_ graph: StudentGraph) {
    self.graph = graph
    let shape = graph.shape(of: 0)
    input = shape.isSequence ? StudentGraph.Shape(channels: shape.count) : shape
    // Of a sequence each feature has a mean at every position.
    let times = shape.isSequence && graph.mean.count > 1 ? shape.width : 1
    scalingCount = times * graph.mean.count
    numbers = [graph.mean, graph.deviation].flatMap { numbers in
      (0..<times).flatMap { _ in numbers }
    }
    pad()
    allocate()
    for operation in graph.operations {
      switch operation.kind {
      case .linear(let weights, let biases):
        let shape = graph.shape(of: operation.inputs[0])
        append(
          StudentGraph.Window(height: shape.height, width: shape.width),
          shape,
          operation.shape.channels,
          weights,
          biases
        )
      case .convolution(let window, let weights, let biases):
        let shape = graph.shape(of: operation.inputs[0])
        let (whole, spread) = window.withoutDilation(weights)
        if operation.isChannelwise {
          append(channelwise: whole, spread, biases)
        } else {
          append(whole, shape, operation.shape.channels, spread, biases)
        }
      case .nade(let nade): append(nade)
      case .positionwise(let weights, let biases):
        let shape = graph.shape(of: operation.inputs[0])
        append(StudentGraph.Window(), shape, operation.shape.channels, weights, biases)
      case .recurrence(let recurrence): append(recurrence)
      case .layerNorm(let weights, let biases, let epsilon): append(weights + biases + [epsilon])
      case .embedding(_, let weights), .shift(let weights): append(weights)
      case .prefixes(let prefixes):
        append(
          prefixes.weights + prefixes.masks,
          prefixes.biases + prefixes.factors + prefixes.order.map { Float($0) }
        )
      case .rows(let rows): append(rows.weights, rows.biases + rows.order.map { Float($0) })
      case .normalDensity(let constant): append([constant])
      case .maxPool, .meanPool, .sum, .softmax, .attention, .flatten, .sequence, .mean, .upsample,
        .join, .bernoulli, .logSum:
        weights.append((0, 0))
      }
    }
  }

  /// To a multiple of 64 bytes.
  private mutating func pad() {
    while numbers.count % 16 != 0 { numbers.append(0) }
  }

  /// Gives each value the first place that no value needed at the same time takes.
  private mutating func allocate() {
    let count = graph.operations.count + 1
    var last = [Int](repeating: 0, count: count)
    for (index, operation) in graph.operations.enumerated() {
      for input in operation.inputs { last[input] = index }
    }
    last[graph.output] = count
    places = [Int](repeating: 0, count: count)
    for value in 0..<count {
      // A value is made by the operation before it, which still reads its inputs.
      let size = graph.shape(of: value).count
      let neighbours = (0..<value).filter { last[$0] >= value - 1 }.sorted {
        places[$0] < places[$1]
      }
      var place = 0
      for other in neighbours where places[other] < place + size {
        place = max(place, (places[other] + graph.shape(of: other).count + 15) / 16 * 16)
      }
      places[value] = place
      workspace = max(workspace, place + size)
    }
    // Vectors are read whole.
    for operation in graph.operations where operation.isChannelwise {
      let input = operation.inputs[0]
      let end = places[input] + graph.shape(of: input).count
      workspace = max(workspace, end + StudentFormat.lanes - 1)
    }
    for (index, operation) in graph.operations.enumerated() {
      guard let room = room(of: operation) else { continue }
      rooms[index] = workspace
      workspace += room
    }
  }

  /// How many numbers an operation keeps beside what it reads and gives.
  private func room(of operation: StudentGraph.Operation) -> Int? {
    let length = operation.shape.width
    return switch operation.kind {
    case .nade(let nade): 2 * nade.paddedHidden
    case .attention: length
    case .recurrence(let recurrence): (length + 1) * recurrence.rows + 2 * recurrence.hidden
    default: nil
    }
  }

  /// Numbers as they are.
  private mutating func append(_ plain: [Float], _ biases: [Float] = []) {
    let start = numbers.count
    numbers += plain
    pad()
    weights.append((start, biases.isEmpty ? 0 : numbers.count))
    numbers += biases
    pad()
  }

  /// Lays a recurrence out: for each direction the layers from inputs and from hidden units, then the
  /// biases of both for each direction.
  private mutating func append(_ recurrence: StudentGraph.RecurrenceNumbers) {
    let (rows, lanes) = (recurrence.rows, StudentFormat.lanes)
    let padded = (rows + lanes - 1) / lanes * lanes
    func blocked(_ source: [Float], _ width: Int) -> [Float] {
      var result = [Float](repeating: 0, count: padded * width)
      for row in 0..<rows {
        for column in 0..<width {
          result[(row / lanes * width + column) * lanes + row % lanes] =
            source[row * width + column]
        }
      }
      return result
    }
    let start = numbers.count
    for direction in recurrence.directions {
      numbers += blocked(direction.inputWeights, recurrence.inputs)
      numbers += blocked(direction.stateWeights, recurrence.hidden)
    }
    pad()
    weights.append((start, numbers.count))
    let missing = [Float](repeating: 0, count: padded - rows)
    for direction in recurrence.directions {
      numbers += direction.inputBiases + missing + direction.stateBiases + missing
    }
    pad()
  }

  /// Lays a NADE out, its hidden units up to a multiple of 8.
  private mutating func append(_ nade: StudentGraph.NADENumbers) {
    let (hidden, padded) = (nade.hidden, nade.paddedHidden)
    func filled(_ numbers: [Float]) -> [Float] {
      stride(from: 0, to: numbers.count, by: hidden).flatMap {
        numbers[$0..<$0 + hidden] + [Float](repeating: 0, count: padded - hidden)
      }
    }
    let start = numbers.count
    numbers += filled(nade.weights) + filled(nade.outputWeights)
    pad()
    weights.append((start, numbers.count))
    numbers += filled(nade.hiddenBiases) + nade.visibleBiases + nade.order.map { Float($0) }
    pad()
  }

  /// Lays weights out in blocks of 8 outputs, with the channels of a pixel side by side.
  private mutating func append(
    _ window: StudentGraph.Window,
    _ shape: StudentGraph.Shape,
    _ filters: Int,
    _ source: [Float],
    _ biases: [Float]
  ) {
    let lanes = StudentFormat.lanes
    let (groups, area) = (window.groups, window.height * window.width)
    let (channels, own) = (shape.channels / groups, filters / groups)
    let blocks = (own + lanes - 1) / lanes
    let (start, run) = (numbers.count, channels * lanes)
    numbers += [Float](repeating: 0, count: groups * blocks * area * run)
    for filter in 0..<filters {
      let (group, inGroup) = (filter / own, filter % own)
      let block = start + (group * blocks + inGroup / lanes) * area * run + inGroup % lanes
      for channel in 0..<channels {
        for pixel in 0..<area {
          numbers[block + pixel * run + channel * lanes] =
            source[(filter * channels + channel) * area + pixel]
        }
      }
    }
    pad()
    let first = numbers.count
    numbers += [Float](repeating: 0, count: groups * blocks * lanes)
    for filter in 0..<filters {
      numbers[first + filter / own * blocks * lanes + filter % own] = biases[filter]
    }
    pad()
    weights.append((start, first))
  }

  /// Lays weights out with the channels of a place of the window side by side.
  private mutating func append(
    channelwise window: StudentGraph.Window,
    _ source: [Float],
    _ biases: [Float]
  ) {
    let (channels, area) = (window.groups, window.height * window.width)
    let missing = [Float](repeating: 0, count: (8 - channels % 8) % 8)
    let start = numbers.count
    for pixel in 0..<area {
      numbers += (0..<channels).map { source[$0 * area + pixel] } + missing
    }
    pad()
    weights.append((start, numbers.count))
    numbers += biases + missing
    pad()
  }

  /// The words of an operation, as `StudentOperation` has them.
  func words(of index: Int) -> [UInt32] {
    let operation = graph.operations[index]
    var (input, output) = (graph.shape(of: operation.inputs[0]), operation.shape)
    var (kind, window, hidden) = (StudentOperation.Kind.sum, StudentGraph.Window(), 0)
    switch operation.kind {
    case .linear:
      // A dense layer is a convolution whose window is the image.
      kind = input.height * input.width == 1 ? .dense : .convolution
      window = StudentGraph.Window(height: input.height, width: input.width)
    case .convolution(let own, _, _):
      kind = operation.isChannelwise ? .channelwise : .convolution
      window = own.withoutDilation([]).window
    case .maxPool(let own): (kind, window) = (.maxPool, own)
    case .meanPool(let own): (kind, window) = (.meanPool, own)
    case .sum: break
    case .softmax(let groups): (kind, window.groups) = (.softmax, groups)
    case .nade(let nade): (kind, hidden) = (.nade, nade.paddedHidden)
    case .positionwise: kind = .convolution
    case .layerNorm: kind = .layerNorm
    case .attention(let heads, let isCausal):
      kind = operation.isWeighted ? .weightedAttention : .attention
      (window.groups, hidden) = (heads, isCausal ? 1 : 0)
    case .recurrence(let recurrence):
      kind = recurrence.cell == .lstm ? .lstm : .gru
      (window.groups, hidden) = (recurrence.directions.count, recurrence.hidden)
    case .embedding(let entries, _):
      (kind, hidden) = (.embedding, entries)
      input = StudentGraph.Shape(channels: 1, width: input.count)
    case .shift: kind = .shift
    case .flatten, .sequence:
      // A window of one pixel is a copy.
      kind = .maxPool
      (input, output) = (input.flat, output.flat)
    case .mean:
      (kind, window.width) = (operation.isWeighted ? .weightedMean : .meanPool, input.width)
    case .upsample(let times): (kind, hidden) = (.upsample, times)
    case .join: kind = .join
    case .bernoulli: (kind, input) = (.bernoulli, input.flat)
    case .prefixes(let prefixes):
      (kind, hidden) = (.prefixes, prefixes.masks.isEmpty ? 0 : 1)
      input = StudentGraph.Shape(channels: 1, width: input.count)
    case .rows(let rows):
      kind = .rows
      output = StudentGraph.Shape(channels: rows.outputs, width: rows.positions)
    case .normalDensity:
      kind = .normalDensity
      input = StudentGraph.Shape(channels: 1, width: input.count)
      hidden = graph.shape(of: operation.inputs[1]).channels / 3
      window.width = input.width
    case .logSum: kind = .logSum
    }
    let second = operation.inputs.count > 1 ? places[operation.inputs[1]] : 0
    let words = [
      Int(kind.rawValue), Int(operation.activation.rawValue), places[operation.inputs[0]],
      places[index + 1], rooms[index] ?? second, input.channels, input.height, input.width,
      output.channels,
      output.height, output.width, window.height, window.width, window.strideDown,
      window.strideRight, window.paddingTop, window.paddingLeft, window.groups,
      kind == .weightedAttention ? second : weights[index].weights, weights[index].biases, hidden,
    ]
    let missing = StudentFormat.operationWords - words.count
    return words.map { UInt32($0) } + [UInt32](repeating: 0, count: missing)
  }
}

extension StudentGraph.Window {
  /// The same without gaps, where zeros are, and weights `[…, height, width]` for it.
  fileprivate func withoutDilation(_ weights: [Float]) -> (
    window: StudentGraph.Window, weights: [Float]
  ) {
    guard dilationDown > 1 || dilationRight > 1 else { return (self, weights) }
    var window = self
    (window.height, window.width) = reach
    (window.dilationDown, window.dilationRight) = (1, 1)
    let (area, whole) = (height * width, window.height * window.width)
    var spread = [Float](repeating: 0, count: weights.count / area * whole)
    for (index, weight) in weights.enumerated() {
      let (row, column) = (index % area / width, index % width)
      spread[index / area * whole + row * dilationDown * window.width + column * dilationRight] =
        weight
    }
    return (window, spread)
  }
}

extension StudentGraph.Shape {
  /// The same numbers as features.
  fileprivate var flat: StudentGraph.Shape { StudentGraph.Shape(channels: count) }
}
