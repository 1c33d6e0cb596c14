import Foundation
import Mathematics
import Tensors

/// Texts as rows of numbers: every word of a text adds its weight, or takes it away, at a place, and
/// both come from a hash of the word, so that no dictionary is kept (feature hashing; Weinberger et
/// al., *Feature Hashing for Large Scale Multitask Learning*, 2009).
///
/// ```swift
/// let words = HashedWords(width: 256, weightedBy: glosses)
/// let features = words(glosses)  // [texts, 256]
/// ```
///
/// Words are runs of letters, in lower case. A word's weight is log(n / df), n texts of which df have
/// it (inverse document frequency; Spärck Jones 1972); one that none of them has weighs log n. Numbers
/// of a row have mean square 1, and are 0 for a text without words.
public struct HashedWords: Sendable {
  public let width: Int
  private let texts: Int
  /// In how many texts a word is, by its hash.
  private let frequencies: [UInt64: Int]

  /// - Parameters:
  ///   - width: Of a row.
  ///   - texts: Where the weights come from: those that are known in training.
  public init(width: Int, weightedBy texts: [String]) {
    precondition(width > 0, "HashedWords: width \(width) must be positive")
    self.width = width
    self.texts = texts.count
    frequencies = texts.reduce(into: [:]) { counts, text in
      for word in Self.words(text) { counts[word, default: 0] += 1 }
    }
  }

  /// The texts as rows, `[texts, width]`, Float32.
  public func callAsFunction(_ texts: [String]) -> Tensor {
    var values = [Float](repeating: 0, count: texts.count * width)
    for (row, text) in texts.enumerated() {
      // Sorted: sums of rounded numbers depend on their order.
      for word in Self.words(text).sorted() {
        let weight = log(Float(max(self.texts, 2)) / Float(frequencies[word] ?? 1))
        let place = row * width + Int((word >> 1) % UInt64(width))
        values[place] += word & 1 == 0 ? weight : -weight
      }
    }
    let rows = Tensor(values, shape: [texts.count, width])
    let size = rows.squared.mean(along: 1).squareRoot.insertingAxis(1)
    return rows / size.clamped(min: Double(Float.leastNormalMagnitude))
  }

  /// The hashes of the different words of a text (Fowler–Noll–Vo 1a, mixed).
  private static func words(_ text: String) -> Set<UInt64> {
    var (found, hash) = (Set<UInt64>(), UInt64?.none)
    var text = text
    text.withUTF8 { bytes in
      for byte in bytes {
        let lower = byte | 0x20
        // Letters beyond ASCII are bytes from 0x80.
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || byte >= 0x80 {
          let letter = byte < 0x80 ? lower : byte
          hash = ((hash ?? 0xCBF2_9CE4_8422_2325) ^ UInt64(letter)) &* 0x100_0000_01B3
        } else if let ended = hash {
          found.insert(mixed(ended, 0))
          hash = nil
        }
      }
    }
    if let hash { found.insert(mixed(hash, 0)) }
    return found
  }
}
