/// Byte strings with a number each, found in a text from their beginning on.
struct ByteTrie: Sendable {
  /// From a node and a byte to the next node.
  private var edges: IntegerTable
  /// Of each node, −1 where no string ends.
  private var numbers: [Int32] = [-1]

  static let root = 0

  init(_ strings: [(bytes: [UInt8], number: Int)]) {
    edges = IntegerTable(capacity: strings.reduce(0) { $0 + $1.bytes.count })
    for (bytes, number) in strings {
      var node = Self.root
      for byte in bytes {
        let key = UInt64(node) << 8 | UInt64(byte)
        if let next = edges[key] {
          node = Int(next)
        } else {
          node = numbers.count
          edges[key] = UInt32(node)
          numbers.append(-1)
        }
      }
      numbers[node] = Int32(number)
    }
  }

  func step(_ node: Int, _ byte: UInt8) -> Int? {
    edges[UInt64(node) << 8 | UInt64(byte)].map(Int.init)
  }

  func number(_ node: Int) -> Int? { numbers[node] < 0 ? nil : Int(numbers[node]) }

  /// The node that a string leads to.
  func node(_ bytes: some Sequence<UInt8>) -> Int? {
    var node = Self.root
    for byte in bytes {
      guard let next = step(node, byte) else { return nil }
      node = next
    }
    return node
  }

  func number(of bytes: some Sequence<UInt8>) -> Int? { node(bytes).flatMap(number) }

  /// The longest string that a part of a text begins with, after a node.
  func longest(
    in text: ArraySlice<UInt8>,
    from start: Int,
    after node: Int = root
  ) -> (end: Int, number: Int)? {
    var found: (end: Int, number: Int)?
    var (node, place) = (node, start)
    while place < text.endIndex, let next = step(node, text[place]) {
      node = next
      place += 1
      if let number = number(node) { found = (place, number) }
    }
    return found
  }
}
