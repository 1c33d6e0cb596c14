import StudentRuntime

/// Into which tiles `products.h` divides the layers of a student, so that its C file has these and no
/// others: compilers are busy with all of them for half a minute.
struct StudentTiles {
  /// Outputs of a group in blocks of 8, and the pixels of a row; nil where there is one pixel in all.
  private var layers: [(blocks: Int, pixels: Int?)] = []
  private var hasStrips = false

  init(_ plan: StudentPlan) {
    for index in plan.graph.operations.indices {
      let words = plan.words(of: index).map(Int.init)
      let kind = StudentOperation.Kind(rawValue: UInt32(words[0]))
      switch kind {
      case .dense, .convolution: add(words[8] / words[17], height: words[9], width: words[10])
      case .lstm, .gru:
        // Of the inputs at all positions, and of the state at each.
        let gates = (kind == .lstm ? 4 : 3) * words[20]
        add(gates, height: 1, width: words[7])
        add(gates, height: 1, width: 1)
      case .channelwise: hasStrips = true
      default: break
      }
    }
  }

  /// Of a layer alone.
  init(filters: Int, height: Int, width: Int) { add(filters, height: height, width: width) }

  private mutating func add(_ filters: Int, height: Int, width: Int) {
    layers.append(((filters + 7) / 8, height * width == 1 ? nil : width))
  }

  /// How many blocks of outputs are computed at once where there is one pixel, a bit each.
  private var rows: UInt32 {
    layers.filter { $0.pixels == nil }.reduce(0) { bits, layer in
      Self.parts(of: layer.blocks, atMost: 8).reduce(bits) { $0 | 1 << ($1 - 1) }
    }
  }

  /// Which tiles of several pixels and blocks there are: of p pixels and n blocks the bit
  /// 7 (n − 1) + p − 1.
  ///
  /// - Parameters:
  ///   - most: How many pixels fit the registers.
  ///   - blocks: How many blocks.
  private func tiles(_ most: Int, _ blocks: Int) -> UInt32 {
    var bits: UInt32 = 0
    for case (let all, let pixels?) in layers {
      var left = all
      while left > 0 {
        var count = Self.part(of: left, atMost: blocks)
        // Three have no code where four fit.
        if count == 3, blocks == 4 { count = left > 3 ? 4 : 2 }
        for part in Self.parts(of: pixels, atMost: most) {
          bits |= 1 << (7 * (count - 1) + part - 1)
        }
        left -= count
      }
    }
    return bits
  }

  /// The next of about as large parts, of which there are as few as there can be.
  private static func part(of count: Int, atMost most: Int) -> Int {
    let parts = (count + most - 1) / most
    return (count + parts - 1) / parts
  }

  private static func parts(of count: Int, atMost most: Int) -> Set<Int> {
    var (left, found) = (count, Set<Int>())
    while left > 0 {
      let next = part(of: left, atMost: most)
      found.insert(next)
      left -= next
    }
    return found
  }

  /// What `products.h` asks about tiles, as macros of C. What literals decide, a compiler leaves out
  /// before it copies any code.
  var cMacros: String {
    let (seven, six, four) = (tiles(7, 4), tiles(6, 2), tiles(4, 3) | tiles(4, 1))
    func hex(_ bits: UInt32) -> String { "0x\(String(bits, radix: 16))u" }
    func pixels(_ tiles: UInt32) -> UInt32 {
      (0..<4).reduce(0) { $0 | tiles >> (7 * $1) & 127 }
    }
    func blocks(_ tiles: UInt32) -> UInt32 {
      (0..<4).reduce(0) { $0 | (tiles >> (7 * $1) & 127 == 0 ? 0 : 1 << $1) }
    }
    /// By the width of vectors.
    func byWidth(_ what: (UInt32) -> UInt32) -> String {
      "(WIDTH == 8 ? \(hex(what(seven | four))) : WIDTH == 4 ? \(hex(what(six))) : 1u)"
    }
    return """
      /* The tiles of p pixels and n blocks of outputs that this student has, a bit each, by how many pixels
         fit the registers. */
      #define STUDENT_TILES(most) \
      ((most) == 7 ? \(hex(seven)) : (most) == 6 ? \(hex(six)) : (most) == 4 ? \(hex(four)) : 1u)
      #define HAS_PIXELS(p) (\(byWidth(pixels)) >> ((p) - 1) & 1)
      #define HAS_TILE(most, p, n) (HAS_PIXELS(p) && (STUDENT_TILES(most) >> (7 * ((n) - 1) + (p) - 1) & 1))
      #define HAS_BLOCKS(n) (\(byWidth(blocks)) >> ((n) - 1) & 1)
      #define HAS_ROW(n) ((WIDTH == 1 ? 1u : \(hex(rows))) >> ((n) - 1) & 1)
      #define HAS_STRIPS \(hasStrips ? 1 : 0)
      """
  }
}
