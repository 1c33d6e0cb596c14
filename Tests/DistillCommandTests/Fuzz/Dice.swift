import Foundation

/// Random choices that a seed repeats (Steele, Lea & Flood 2014, SplitMix64).
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  mutating func one<Item>(of items: [Item]) -> Item { items[below(items.count)] }

  /// True once in so many times.
  mutating func isOne(in count: Int) -> Bool { below(count) == 0 }
}

/// What files of strangers say where sound ones have a number or a word.
enum Strange {
  static let numbers = [
    "0", "-0", "-1", "1", "2", "3", "0.5", "1e-300", "1e75", "1e200", "1e300", "1e308", "-1e308",
    "1e400", "9007199254740993", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "18446744073709551615", "4294967296", "16777216", "nan", "inf", "-inf",
  ]

  static let words = [
    "", " ", "0", "-1", "nan", "null", "true", "[]", "{}", "../../x", "/dev/null", "é日本",
    "\u{1B}[2J\u{7}", "\u{202E}", "\u{0}", "a,b", "beta[1,2", String(repeating: "(", count: 5_000),
    String(repeating: "9-", count: 5_000), String(repeating: "x", count: 30_000), "mlp:4-3",
    "mlp:16-16777216-3", "cnn:1x4x4-3c1-gap-3", "1*1*1*crossEntropy", "safetensors",
  ]
}
