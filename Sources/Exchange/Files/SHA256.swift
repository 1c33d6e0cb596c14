import Foundation

/// The SHA-256 hash of FIPS 180-4, which names the data that a run saw.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(Data("abc".utf8))
/// hash.finalize()  // "ba7816bf 8f01cfea …" without the spaces
/// ```
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// Fewer than 64 bytes that wait for the rest of their block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  package init() {}

  /// The hash of a file as 64 hexadecimal digits.
  ///
  /// - Throws: `RunError` when the file cannot be read or is a device or a pipe; `Stopped`
  ///   when an interruption came.
  package static func hash(of file: URL) throws -> String {
    let handle = try RegularFile.open(file)
    var hash = SHA256()
    do {
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
        if Stopping.isRequested() { throw Stopped("stopped while reading '\(file.path)'") }
        hash.update(data)
      }
    } catch let stopped as Stopped {
      throw stopped
    } catch {
      throw RunError("cannot read '\(file.path)': \(sentence(for: error))")
    }
    return hash.finalize()
  }

  /// Takes in more bytes.
  package mutating func update(_ data: Data) {
    byteCount += UInt64(data.count)
    data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      if !pending.isEmpty {
        let taken = rest.prefix(64 - pending.count)
        pending += taken
        rest = rest.dropFirst(taken.count)
        guard pending.count == 64 else { return }
        pending.withUnsafeBytes { Self.compress($0, into: &state) }
        pending.removeAll(keepingCapacity: true)
      }
      while rest.count >= 64 {
        Self.compress(UnsafeRawBufferPointer(rebasing: rest.prefix(64)), into: &state)
        rest = rest.dropFirst(64)
      }
      pending += rest
    }
  }

  /// Ends the message; the hash as 64 hexadecimal digits.
  package mutating func finalize() -> String {
    let bits = byteCount * 8
    let zeros = (119 - pending.count) % 64
    var tail = Data([0x80]) + Data(count: zeros)
    withUnsafeBytes(of: bits.bigEndian) { tail.append(contentsOf: $0) }
    update(tail)
    return state.map { String(format: "%08x", $0) }.joined()
  }

  /// The compression function of section 6.2.2, on one block of 64 bytes.
  ///
  /// Plain pointers and loops: builds without the optimizer hash whole programs too.
  private static func compress(_ block: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { buffer in
      let w = buffer.baseAddress!
      let bytes = block.baseAddress!
      var t = 0
      while t < 16 {
        w[t] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 &* t, as: UInt32.self))
        t &+= 1
      }
      while t < 64 {
        let (x, y) = (w[t &- 15], w[t &- 2])
        let s0 = (x &>> 7 | x &<< 25) ^ (x &>> 18 | x &<< 14) ^ (x &>> 3)
        let s1 = (y &>> 17 | y &<< 15) ^ (y &>> 19 | y &<< 13) ^ (y &>> 10)
        w[t] = w[t &- 16] &+ s0 &+ w[t &- 7] &+ s1
        t &+= 1
      }
      state.withUnsafeMutableBufferPointer { state in
        constants.withUnsafeBufferPointer { constants in
          rounds(state.baseAddress!, w, constants.baseAddress!)
        }
      }
    }
  }

  private static func rounds(
    _ state: UnsafeMutablePointer<UInt32>,
    _ w: UnsafePointer<UInt32>,
    _ k: UnsafePointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    var t = 0
    while t < 64 {
      let sum1 = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
      let choice = (e & f) ^ (~e & g)
      let t1 = h &+ sum1 &+ choice &+ k[t] &+ w[t]
      let sum0 = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      h = g
      g = f
      f = e
      e = d &+ t1
      d = c
      c = b
      b = a
      a = t1 &+ sum0 &+ majority
      t &+= 1
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5,
    0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
    0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
    0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
    0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3,
    0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5,
    0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
    0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
