/// A student in memory that someone else keeps: a mapped file, a flash memory, a page's buffer.
///
/// It holds no memory of its own and allocates none. Any number of threads may use one network, each
/// with a workspace of its own. ``Student`` is the same with its memory.
public struct StudentNetwork: @unchecked Sendable {
  /// Channels, height and width of an input; features have height and width 1.
  public let shape: (channels: Int, height: Int, width: Int)
  /// The numbers of an input.
  public var inputCount: Int { shape.channels * shape.height * shape.width }
  /// The numbers of an answer: probabilities of the classes, or values.
  public let outputCount: Int
  public let ending: StudentEnding
  /// How many `Float` a workspace has.
  public let workspaceCount: Int
  public let operationCount: Int
  /// UTF-8: the name of each class and a line feed.
  public let classNames: UnsafeRawBufferPointer
  /// UTF-8: where the student comes from, as JSON.
  public let provenance: UnsafeRawBufferPointer

  let logitCount: Int
  let scalingCount: Int
  let (inputOffset, logitOffset): (Int, Int)
  let operations: UnsafeRawPointer
  let numbers: UnsafePointer<Float>

  /// Checks a whole file: afterwards nothing that it says can lead outside it.
  ///
  /// - Parameter bytes: A file in memory, at an address that is a multiple of 4; it must stay as it is
  ///   for as long as the network is used.
  public init(_ bytes: UnsafeRawBufferPointer) throws(StudentError) {
    guard bytes.count >= 4 * StudentFormat.headerWords, let base = bytes.baseAddress else {
      throw .notAStudent
    }
    func word(_ index: Int) -> Int { StudentFormat.word(base, index) }
    guard word(0) == Int(StudentFormat.magic.0), word(1) == Int(StudentFormat.magic.1) else {
      throw .notAStudent
    }
    guard word(2) >= 1, word(2) <= StudentFormat.version else { throw .newerVersion }
    let (count, numberCount, textCount, namesCount) = (word(3), word(13), word(14), word(15))
    guard count < 1 << 20, namesCount <= textCount else { throw .inconsistent }
    guard numberCount <= bytes.count / 4, textCount <= bytes.count else { throw .cutShort }
    let numbersOffset = StudentFormat.numbersOffset(operations: count)
    let textOffset = numbersOffset + 4 * numberCount
    guard (textOffset + textCount + 7) / 8 * 8 == bytes.count else { throw .cutShort }
    let stated = base.loadUnaligned(
      fromByteOffset: 4 * StudentFormat.checksumWord,
      as: UInt64.self
    )
    guard StudentFormat.checksum(bytes) == UInt64(littleEndian: stated) else { throw .damaged }

    shape = (word(4), word(5), word(6))
    logitCount = word(7)
    scalingCount = word(9)
    workspaceCount = word(10)
    (inputOffset, logitOffset) = (word(11), word(12))
    operationCount = count
    operations = base + 4 * StudentFormat.headerWords
    numbers = (base + numbersOffset).assumingMemoryBound(to: Float.self)
    classNames = UnsafeRawBufferPointer(start: base + textOffset, count: namesCount)
    provenance = UnsafeRawBufferPointer(
      start: base + textOffset + namesCount,
      count: textCount - namesCount
    )
    guard let ending = StudentEnding(rawValue: UInt32(word(8))) else { throw .inconsistent }
    self.ending = ending
    outputCount = ending == .sigmoidPair ? 2 : logitCount
    guard UInt(bitPattern: numbers) % 4 == 0, Self.isSmall(shape), logitCount > 0,
      ending != .sigmoidPair || logitCount == 1,
      scalingCount <= 1 || scalingCount == shape.channels, 2 * scalingCount <= numberCount,
      StudentFormat.isInside(
        inputOffset,
        shape.channels * shape.height * shape.width,
        workspaceCount
      ),
      StudentFormat.isInside(logitOffset, logitCount, workspaceCount),
      logitCount % ending.partCount == 0, workspaceCount < StudentFormat.limit,
      workspaceCount / StudentFormat.workspacePerByte <= bytes.count
    else { throw .inconsistent }
    for index in 0..<count {
      guard let operation = operation(index),
        operation.isValid(workspace: workspaceCount, numbers: numberCount),
        operation.isOrdered(numbers)
      else { throw .inconsistent }
    }
  }

  private static func isSmall(_ shape: (channels: Int, height: Int, width: Int)) -> Bool {
    let limit = StudentFormat.limit
    guard shape.channels > 0, shape.height > 0, shape.width > 0,
      shape.channels < limit, shape.height < limit, shape.width < limit
    else { return false }
    let (pixels, overflows) = shape.height.multipliedReportingOverflow(by: shape.width)
    guard !overflows, pixels < limit else { return false }
    let (all, tooMany) = pixels.multipliedReportingOverflow(by: shape.channels)
    return !tooMany && all < limit
  }

  func operation(_ index: Int) -> StudentOperation? {
    StudentOperation(operations + 4 * StudentFormat.operationWords * index)
  }

  /// What the student says about one input.
  ///
  /// - Parameters:
  ///   - input: ``inputCount`` numbers as the training data had them, `[channels, height, width]`;
  ///     scaling is done here.
  ///   - output: Room for ``outputCount`` numbers.
  ///   - workspace: Room for ``workspaceCount`` numbers, whatever they are.
  public func predict(
    _ input: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    scale(input, into: workspace + inputOffset)
    for index in 0..<operationCount {
      // Checked when the file was opened.
      guard let operation = operation(index) else { return }
      let words = operations + 4 * StudentFormat.operationWords * index
      perform(operation, words, numbers, workspace)
    }
    finish(workspace + logitOffset, into: output)
  }

  /// (x − mean) / deviation, with the channels of a pixel side by side.
  private func scale(_ input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    let (channels, pixels) = (shape.channels, shape.height * shape.width)
    // Features side by side.
    if pixels == 1 && scalingCount > 1 {
      for channel in 0..<channels {
        result[channel] = (input[channel] - numbers[channel]) / numbers[channels + channel]
      }
      return
    }
    let isPlain = pixels == 1 || channels == 1
    let (rows, count) = isPlain ? (1, channels * pixels) : (channels, pixels)
    for row in 0..<rows {
      let (source, target) = (input + row * count, result + row)
      let column = scalingCount > 1 ? row : 0
      let mean = scalingCount == 0 ? 0 : numbers[column]
      let deviation = scalingCount == 0 ? 1 : numbers[scalingCount + column]
      if isPlain && scalingCount == 0 {
        for index in 0..<count { target[index] = source[index] }
      } else if isPlain {
        for index in 0..<count { target[index] = (source[index] - mean) / deviation }
      } else {
        for index in 0..<count { target[index * channels] = (source[index] - mean) / deviation }
      }
    }
  }

  private func finish(_ logits: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    switch ending {
    case .values:
      for index in 0..<logitCount { output[index] = logits[index] }
    case .sigmoidPair:
      output[0] = Float(1 / (1 + exponential(Double(logits[0]))))
      output[1] = Float(1 / (1 + exponential(-Double(logits[0]))))
    case .softmax: softmax(logits, logitCount, into: output)
    case .normalMixture, .poissonMixture:
      let count = logitCount / ending.partCount
      softmax(logits, count, into: output)
      for index in count..<logitCount {
        let isMean = ending == .normalMixture && index < 2 * count
        output[index] = isMean ? logits[index] : Float(exponential(Double(logits[index])))
      }
    }
  }
}
