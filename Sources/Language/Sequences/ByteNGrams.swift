import Networks
import Tensors

/// A linear classifier of n-grams of bytes that are hashed into a table (as fastText's, Joulin et al.
/// 2017): ``ByteTexts`` to logits, `[texts, classes]`.
///
/// The logits of a text are Σ over its n-grams of their rows of the table, divided by the square root
/// of how many there are, plus a bias. N-grams that fall into one row share it.
public struct ByteNGrams: Module {
  /// `[rows, classes]`; zeros at first.
  public let table: Parameter
  /// `[classes]`.
  public let bias: Parameter
  /// The longest n-grams.
  public let longest: Int

  /// - Parameters:
  ///   - rows: Of the table.
  ///   - longest: Bytes of the longest n-grams, up to 5; shorter ones count too.
  public init(
    classes: Int,
    rows: Int,
    longest: Int = 4,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) {
    precondition((1...5).contains(longest), "ByteNGrams: n-grams of up to \(longest) bytes")
    table = Parameter(.zeros([rows, classes], elementType, on: device))
    bias = Parameter(.zeros([classes], elementType, on: device))
    self.longest = longest
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let (length, rows) = (input.shape[1], table.value.shape[0])
    let elementType = table.value.elementType
    var sum = Tensor.zeros([input.shape[0], table.value.shape[1]], elementType, on: input.device)
    var count = Tensor.zeros([input.shape[0], 1], elementType, on: input.device)
    for size in 1...min(longest, length) {
      // Polynomials of the bytes, mixed by two primes; all of it fits into 63 bits.
      var hash = input.slicing(0..<(length - size + 1), along: 1)
      for place in 1..<max(size, 1) {
        hash = hash * 263 + input.slicing(place..<(length - size + 1 + place), along: 1)
      }
      let row = (hash.remainder(dividingBy: 1_000_000_007) * 1_000_003 + Double(size))
        .remainder(dividingBy: 998_244_353).remainder(dividingBy: Double(rows))
      let isThere = ByteTexts.presence(
        input.slicing((size - 1)..<length, along: 1),
        elementType
      )
      sum = sum + (row.embedded(in: table.value) * isThere.insertingAxis(2)).sum(along: 1)
      count = count + isThere.sum(along: 1, keepingAxes: true)
    }
    return sum / count.squareRoot + bias.value
  }
}
