/// The words of a student's file, version 6. Version 1 is without channelwise convolutions, version 2
/// without layers of sequences, version 3 without Bernoulli distributions, version 4 without prefixes,
/// rows, normal densities and logarithmic sums, version 5 without weights of positions and without
/// images that grow and sequences that are joined: later versions only add kinds of operations. A reader
/// reads every version up to its own and refuses a newer one; a writer states the oldest version that
/// has all that the student needs.
///
/// Everything is little-endian, and a word is an unsigned integer of 32 bits. Four parts follow one
/// another:
///
/// | part | size |
/// |---|---|
/// | header | 32 words, below |
/// | operations | 24 words each, ``StudentOperation`` |
/// | numbers | `float32`, from the next multiple of 64 bytes |
/// | text | UTF-8: each class name and a line feed, then provenance as JSON; zeros up to 8 bytes |
///
/// | word of the header | is |
/// |---|---|
/// | 0, 1 | the bytes `DISTILLS` |
/// | 2 | the version |
/// | 3 | how many operations |
/// | 4, 5, 6 | channels, height and width of an input; features have height and width 1 |
/// | 7 | outputs of the network |
/// | 8 | what is done to them at the end, ``StudentEnding`` |
/// | 9 | how many means and deviations the numbers begin with: 0, 1, or one for each channel |
/// | 10 | `float32` numbers of a workspace, at most 256 for each byte of the file |
/// | 11, 12 | where in it the scaled input and the outputs are |
/// | 13, 14, 15 | how many numbers, bytes of text, and bytes of class names |
/// | 30, 31 | hash of all other words, two at a time: FNV-1a with 64 bits instead of bytes |
///
/// Inputs are `[channels, height, width]`; inside, images are `[height, width, channels]`. A sequence is
/// features, one position after another; inside it is an image of height 1.
public enum StudentFormat {
  public static let version = 6
  /// Which version brought a kind of operation.
  public static func version(of kind: StudentOperation.Kind) -> Int {
    switch kind {
    case .dense, .convolution, .maxPool, .meanPool, .sum, .softmax, .nade: 1
    case .channelwise: 2
    case .layerNorm, .attention, .lstm, .gru, .embedding, .shift: 3
    case .bernoulli: 4
    case .prefixes, .rows, .normalDensity, .logSum: 5
    case .weightedAttention, .weightedMean, .upsample, .join: 6
    }
  }
  /// What the weights of a sequence's positions sum to at least.
  public static let leastWeight: Float = 1e-12
  /// What is taken off the score of a position that is not heard.
  public static let unheard: Float = 1e9
  public static let headerWords = 32
  public static let operationWords = 24
  public static let checksumWord = 30
  /// Outputs are computed this many at a time; weights are laid out for it.
  public static let lanes = 8
  /// The bytes `DISTILLS`.
  public static let magic: (UInt32, UInt32) = (0x5453_4944, 0x534C_4C49)
  /// A file may ask for a workspace of this many numbers for each of its bytes, so that a small file
  /// cannot ask for a large memory; where a network needs more, spaces end the provenance.
  public static let workspacePerByte = 256
  /// Anything in a file has fewer elements, so that no number of bytes overflows.
  static let limit = Int.bitWidth > 32 ? 1 << 31 : 1 << 29
  /// A window is less wide and tall, so that sums with it do not overflow.
  static let windowLimit = 1 << 24

  /// A word of a file; what is beyond all limits is a number that is, too.
  @inline(never)
  static func word(_ words: UnsafeRawPointer, _ index: Int) -> Int {
    let word = words.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
    return Int(min(UInt32(littleEndian: word), UInt32(Int32.max)))
  }

  /// Whether elements are within others.
  @inline(never)
  static func isInside(_ offset: Int, _ count: Int, _ all: Int) -> Bool {
    count <= all && offset <= all - count
  }

  /// Where the numbers of a file begin, in bytes.
  public static func numbersOffset(operations: Int) -> Int {
    (4 * (headerWords + operations * operationWords) + 63) / 64 * 64
  }

  /// The hash of a whole file.
  ///
  /// - Parameter bytes: As many as a multiple of 8.
  public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var offset = 0
    while offset < bytes.count {
      if offset != 4 * checksumWord {
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        hash = (hash ^ UInt64(littleEndian: word)) &* 0x100_0000_01B3
      }
      offset += 8
    }
    return hash
  }
}

/// What is done to a network's outputs at the end.
public enum StudentEnding: UInt32, Sendable {
  case values = 0
  /// Logits become the probabilities of the classes.
  case softmax = 1
  /// One logit becomes the probabilities of two classes, that of the second being its sigmoid.
  case sigmoidPair = 2
  /// Logits, means and logarithms of deviations of a mixture of normal distributions become its
  /// weights, means and deviations: three numbers for each component, all of a kind side by side.
  case normalMixture = 3
  /// Logits and logarithms of means of a mixture of Poisson distributions become its weights and
  /// means.
  case poissonMixture = 4

  /// How many numbers of the network each component of a mixture has; 1 where there is none.
  public var partCount: Int { self == .normalMixture ? 3 : self == .poissonMixture ? 2 : 1 }
}

/// A function of each number.
public enum StudentActivation: UInt32, Sendable {
  case identity = 0
  case relu, tanh, sigmoid, gelu, silu, elu, leakyReLU, softplus, hardSwish
  /// Φ, the standard normal's cumulative.
  case normalCumulative
}
