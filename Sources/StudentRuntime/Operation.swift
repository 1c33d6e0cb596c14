/// One step of a student: reads one or two places of the workspace and writes a third.
///
/// | word | is |
/// |---|---|
/// | 0 | ``Kind`` |
/// | 1 | ``StudentActivation``, of what a dense layer, a convolution or a sum gives |
/// | 2, 3, 4 | where in the workspace the input, the output, and another input, as of a sum, are |
/// | 5, 6, 7 | channels, height, width of the input |
/// | 8, 9, 10 | the same of the output |
/// | 11, 12 | height and width of the window |
/// | 13, 14 | stride down and right |
/// | 15, 16 | zeros above and below, left and right |
/// | 17 | groups; of a softmax how many there are side by side; heads of an attention; directions of a
/// recurrence |
/// | 18, 19 | where among the numbers weights and biases are |
/// | 20 | hidden units of a NADE, a multiple of 8; word 1 is what they do, and word 4 is where in the
/// workspace it has room for two numbers for each. Hidden units of a direction of a recurrence; entries
/// of an embedding; 1 where an attention looks back only; how many times an upsampling has a pixel |
///
/// Weights are `[group][block][window row][window column][channel of the group][8]`: outputs in blocks
/// of 8, the last of a group filled with zeros; biases are `[group][block][8]`. A dense layer is a
/// convolution of one pixel. A channelwise convolution has as many groups as channels, and weights
/// `[window row][window column][channel]` and biases `[channel]`, channels up to a multiple of 8; what
/// its input may be read to is up to 7 numbers further.
///
/// Sequences have a width, their length, and height 1. A layer norm has the factors of its channels,
/// their summands and ε as weights, one after another. An attention reads queries, keys and values of
/// all heads side by side, and has room for as many numbers as there are positions. An embedding has
/// rows of its table as weights. A shift has a summand for each number.
///
/// A recurrence (LSTM with gates i, f, g, o, GRU with r, z, n, of the hidden units one after another)
/// has for each direction the weights of dense layers from its inputs and from its hidden units to the
/// gates, and biases alike. It has room for the gates of all positions from the inputs, for those of one
/// from the hidden units, and for two numbers for each hidden unit.
///
/// A weighted attention and a weighted mean have weights of their positions, none negative, in the
/// workspace: the attention where word 18 says, and it takes ``StudentFormat/unheard`` off the scores of
/// positions whose weight is 0; the mean where word 4 says, and it divides by their sum, or by
/// ``StudentFormat/leastWeight`` where that is more. An upsampling has each pixel of its input word 20
/// times side by side and one below the other. A join has the positions of its input, and then those of
/// the sequence where word 4 says.
///
/// A Bernoulli distribution gives log P of its input, bits, by their logits, which are where word 4 says.
///
/// Prefixes make a sequence of a density's input, what hidden units know before each of its numbers in
/// an order: at position i the factor f_i times c + Σ_{j<i} (x_j W_j + M_j). Their weights are W and, if
/// word 20 is 1, M, both `[input][hidden]`; their biases c, f and the order. Rows are linear functions of
/// the features of each position, `[position][output][feature]`; their biases are `[position][output]`
/// and the order, which says for each position where what it gives belongs. A normal density gives the
/// sum of the logarithms of the densities of its inputs, each by a mixture of its own, and of a constant,
/// its weight: where word 4 says are logits, means and logarithms of deviations of as many components as
/// word 20 says, for each input. A logarithmic sum is log(exp(a) + exp(b)) of its two inputs.
///
/// A NADE gives log q of its input. Its weights are W and U, both `[input][hidden]`; its biases are c,
/// b and the order, which says for each row of W and U which input it belongs to.
public struct StudentOperation: Sendable {
  public enum Kind: UInt32, Sendable {
    case dense = 1
    case convolution, maxPool, meanPool, sum, softmax, nade, channelwise
    case layerNorm, attention, lstm, gru, embedding, shift, bernoulli
    case prefixes, rows, normalDensity, logSum
    case weightedAttention, weightedMean, upsample, join
  }

  public let kind: Kind
  public let activation: StudentActivation
  let input: Int
  let output: Int
  let other: Int
  let (channels, height, width): (Int, Int, Int)
  let (filters, outputHeight, outputWidth): (Int, Int, Int)
  let (windowHeight, windowWidth): (Int, Int)
  let (strideDown, strideRight): (Int, Int)
  let (paddingTop, paddingLeft): (Int, Int)
  let groups: Int
  let weights: Int
  let biases: Int
  let hidden: Int

  var inputCount: Int { channels * height * width }
  var outputCount: Int { filters * outputHeight * outputWidth }
  /// Blocks of outputs in a group.
  var blocks: Int { (filters / groups + StudentFormat.lanes - 1) / StudentFormat.lanes }
  var weightCount: Int { windowHeight * windowWidth * (channels / groups) * biasCount }
  var biasCount: Int {
    kind == .channelwise ? paddedChannels : groups * blocks * StudentFormat.lanes
  }
  /// Of a channelwise convolution, up to a multiple of 8.
  var paddedChannels: Int {
    (channels + StudentFormat.lanes - 1) / StudentFormat.lanes * StudentFormat.lanes
  }

  /// Whether its groups are directions, each of which reads all channels.
  private var isRecurrent: Bool { kind == .lstm || kind == .gru }
  /// The gates of a recurrence's direction, each as wide as its hidden units.
  var gateCount: Int { (kind == .lstm ? 4 : 3) * hidden }
  /// The same up to a multiple of 8.
  var paddedGates: Int {
    (gateCount + StudentFormat.lanes - 1) / StudentFormat.lanes * StudentFormat.lanes
  }
  /// The room that a recurrence needs.
  var recurrentRoom: Int { (width + 1) * gateCount + 2 * hidden }

  /// Reads an operation; nil when kind or activation is none.
  init?(_ words: UnsafeRawPointer) {
    func word(_ index: Int) -> Int { StudentFormat.word(words, index) }
    guard let kind = Kind(rawValue: UInt32(word(0))),
      let activation = StudentActivation(rawValue: UInt32(word(1)))
    else { return nil }
    self.kind = kind
    self.activation = activation
    (input, output, other) = (word(2), word(3), word(4))
    (channels, height, width) = (word(5), word(6), word(7))
    (filters, outputHeight, outputWidth) = (word(8), word(9), word(10))
    (windowHeight, windowWidth) = (word(11), word(12))
    (strideDown, strideRight) = (word(13), word(14))
    (paddingTop, paddingLeft) = (word(15), word(16))
    (groups, weights, biases) = (word(17), word(18), word(19))
    hidden = word(20)
  }

  /// What a part of a recurrence does.
  init(_ product: Product) {
    (kind, activation) = (.convolution, .identity)
    (input, output, other) = (product.input, product.output, 0)
    (channels, height, width) = (product.channels, 1, product.positions)
    (filters, outputHeight, outputWidth) = (product.filters, 1, product.positions)
    (windowHeight, windowWidth, strideDown, strideRight) = (1, 1, 1, 1)
    (paddingTop, paddingLeft, groups, hidden) = (0, 0, 1, 0)
    (weights, biases) = (product.weights, product.biases)
  }

  /// Whether everything that the operation touches is inside the workspace and the numbers, and its
  /// shapes follow from one another.
  func isValid(workspace: Int, numbers: Int) -> Bool {
    let limit = StudentFormat.limit
    @inline(never)
    func product(_ a: Int, _ b: Int, _ c: Int) -> Int? {
      guard a > 0, b > 0, c > 0, a < limit, b < limit, c < limit else { return nil }
      let (ab, overflows) = a.multipliedReportingOverflow(by: b)
      guard !overflows, ab < limit else { return nil }
      let (all, tooMany) = ab.multipliedReportingOverflow(by: c)
      return tooMany || all >= limit ? nil : all
    }
    let isInside = StudentFormat.isInside
    @inline(never)
    func isApart(_ a: Int, _ aCount: Int, _ b: Int, _ bCount: Int) -> Bool {
      a + aCount <= b || b + bCount <= a
    }
    guard let inputs = product(channels, height, width),
      let outputs = product(filters, outputHeight, outputWidth),
      let window = product(windowHeight, windowWidth, 1),
      strideDown > 0, strideRight > 0, strideDown < limit, strideRight < limit,
      groups > 0, isRecurrent || channels % groups == 0, filters % groups == 0,
      windowHeight < StudentFormat.windowLimit, windowWidth < StudentFormat.windowLimit,
      paddingTop < windowHeight, paddingLeft < windowWidth,
      isInside(input, inputs, workspace), isInside(output, outputs, workspace)
    else { return false }
    @inline(never)
    func slides(_ length: Int, _ size: Int, _ stride: Int, _ padding: Int, _ result: Int) -> Bool {
      length + 2 * padding >= size && (length + 2 * padding - size) / stride + 1 == result
    }
    #if STUDENT_WITHOUT_DENSITIES
      let isSum = kind == .sum
    #else
      let isSum = kind == .sum || kind == .logSum
    #endif
    if isSum {
      return inputs == outputs && isInside(other, outputs, workspace)
    }
    #if !STUDENT_WITHOUT_MAPS
      if kind == .upsample {
        return channels == filters && hidden > 0 && isApart(input, inputs, output, outputs)
          && outputHeight % hidden == 0 && outputHeight / hidden == height
          && outputWidth % hidden == 0 && outputWidth / hidden == width
      }
      if kind == .join {
        let rest = outputs - inputs
        return channels == filters && height == 1 && outputHeight == 1 && rest > 0
          && isInside(other, rest, workspace) && isApart(input, inputs, output, outputs)
          && isApart(other, rest, output, outputs)
      }
    #endif
    guard isApart(input, inputs, output, outputs),
      slides(height, windowHeight, strideDown, paddingTop, outputHeight),
      slides(width, windowWidth, strideRight, paddingLeft, outputWidth)
    else { return false }
    switch kind {
    case .maxPool, .meanPool:
      return channels == filters && paddingTop == 0 && paddingLeft == 0
    case .dense, .convolution:
      guard kind == .convolution || (height == 1 && width == 1 && groups == 1),
        let blocked = product(window, channels / groups, 8),
        product(groups, blocks, blocked) != nil
      else { return false }
      return isInside(weights, weightCount, numbers) && isInside(biases, biasCount, numbers)
    case .channelwise:
      return groups == channels && filters == channels
        && product(window, paddedChannels, 1) != nil
        && isInside(input, inputs + StudentFormat.lanes - 1, workspace)
        && isInside(weights, weightCount, numbers) && isInside(biases, biasCount, numbers)
    case .softmax: return channels == filters && inputs == channels && outputs == filters
    // Code for a page that needs none of them.
    #if STUDENT_WITHOUT_SEQUENCES
      case .layerNorm, .embedding, .shift: return false
    #else
      case .layerNorm:
        return channels == filters && inputs == outputs && channels < 1 << 24
          && isInside(weights, 2 * channels + 1, numbers)
      case .shift: return inputs == outputs && isInside(weights, inputs, numbers)
      case .embedding:
        guard channels == 1, height == 1, outputHeight == 1, outputWidth == width, hidden < 1 << 24,
          let table = product(hidden, filters, 1)
        else { return false }
        return isInside(weights, table, numbers)
    #endif
    #if STUDENT_WITHOUT_WEIGHTED_MEANS
      case .weightedMean: return false
    #else
      case .weightedMean:
        return channels == filters && height == 1 && outputWidth == 1 && windowWidth == width
          && isInside(other, width, workspace) && isApart(other, width, output, outputs)
    #endif
    #if STUDENT_WITHOUT_ATTENTION
      case .attention, .weightedAttention: return false
    #else
      case .attention, .weightedAttention:
        return channels == 3 * filters && height == 1 && outputHeight == 1 && outputWidth == width
          && isInside(other, width, workspace) && isApart(other, width, input, inputs)
          && isApart(other, width, output, outputs)
          && (kind == .attention
            || isInside(weights, width, workspace) && isApart(weights, width, other, width)
              && isApart(weights, width, output, outputs))
    #endif
    #if STUDENT_WITHOUT_RECURRENCES
      case .lstm, .gru: return false
    #else
      case .lstm, .gru:
        guard groups <= 2, height == 1, outputHeight == 1, outputWidth == width, hidden > 0,
          hidden < 1 << 24, filters == groups * hidden, width < limit - 1,
          product(2, paddedGates, channels) != nil, product(2, paddedGates, hidden) != nil,
          product(width + 1, gateCount, 1).map({ $0 + 2 * hidden < limit }) == true
        else { return false }
        return isInside(weights, groups * paddedGates * (channels + hidden), numbers)
          && isInside(biases, 2 * groups * paddedGates, numbers)
          && isInside(other, recurrentRoom, workspace)
          && isApart(other, recurrentRoom, input, inputs)
          && isApart(other, recurrentRoom, output, outputs)
    #endif
    #if STUDENT_WITHOUT_DENSITIES
      case .bernoulli, .prefixes, .rows, .normalDensity, .logSum, .nade: return false
    #else
      case .bernoulli:
        return inputs == channels && outputs == 1 && isInside(other, channels, workspace)
      case .nade:
        guard inputs == channels, outputs == 1, hidden > 0, hidden < limit,
          hidden % StudentFormat.lanes == 0,
          channels < 1 << 24, product(2, channels, hidden) != nil
        else { return false }
        return isInside(weights, 2 * channels * hidden, numbers)
          && isInside(biases, hidden + 2 * channels, numbers)
          && isInside(other, 2 * hidden, workspace)
          && isApart(other, 2 * hidden, input, inputs)
          && isApart(other, 2 * hidden, output, outputs)
      case .prefixes:
        guard channels == 1, height == 1, outputHeight == 1, outputWidth == width, hidden <= 1,
          width < 1 << 24, let rows = product(hidden + 1, width, filters)
        else { return false }
        return isInside(weights, rows, numbers)
          && isInside(biases, filters + 2 * width, numbers)
      case .rows:
        guard height == 1, outputHeight == 1, outputWidth == width, width < 1 << 24,
          let rows = product(width, filters, channels)
        else { return false }
        return isInside(weights, rows, numbers) && isInside(biases, outputs + width, numbers)
      case .normalDensity:
        guard channels == 1, height == 1, outputs == 1, let parts = product(3, hidden, width) else {
          return false
        }
        return isInside(other, parts, workspace) && isInside(weights, 1, numbers)
      case .logSum: return true
    #endif
    case .sum: return true
    case .upsample, .join: return false
    }
  }

  /// Whether an order names inputs that there are.
  func isOrdered(_ numbers: UnsafePointer<Float>) -> Bool {
    let (place, count): (Int, Int)
    switch kind {
    case .nade: (place, count) = (hidden + channels, channels)
    case .prefixes: (place, count) = (filters + width, width)
    case .rows: (place, count) = (outputCount, width)
    default: return true
    }
    let order = numbers + biases + place
    return (0..<count).allSatisfy { order[$0] >= 0 && order[$0] < Float(count) }
  }
}
