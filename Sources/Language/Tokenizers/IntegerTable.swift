/// Numbers by number, with open addressing: what tries and merges are looked up in.
struct IntegerTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt32]
  private let shift: UInt64
  private static let empty = UInt64.max

  /// - Parameter capacity: The most keys that are put in.
  init(capacity: Int) {
    var bits: UInt64 = 3
    while 1 << bits < 2 * capacity { bits += 1 }
    keys = [UInt64](repeating: Self.empty, count: 1 << bits)
    values = [UInt32](repeating: 0, count: 1 << bits)
    shift = 64 - bits
  }

  private func slot(_ key: UInt64) -> Int {
    var slot = Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while keys[slot] != key, keys[slot] != Self.empty { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  subscript(_ key: UInt64) -> UInt32? {
    get {
      let slot = slot(key)
      return keys[slot] == key ? values[slot] : nil
    }
    set {
      let slot = slot(key)
      keys[slot] = key
      values[slot] = newValue!
    }
  }
}
