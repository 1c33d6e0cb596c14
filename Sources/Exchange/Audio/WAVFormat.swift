import Foundation
import Tensors

/// How the samples of a WAV file are stored: what its chunk `fmt ` says.
struct WAVFormat: Equatable {
  enum Coding: Equatable {
    /// Integers of 1 to 4 bytes, those of one byte without a sign.
    case integers
    case reals
    case aLaw, muLaw
  }

  let coding: Coding
  let channels: Int
  let rate: Int
  let bytesPerSample: Int

  var bytesPerFrame: Int { channels * bytesPerSample }

  /// - Parameters:
  ///   - bytes: Of the chunk, from its start.
  ///   - offset: Where they stand, for errors.
  init(_ bytes: [UInt8], in url: URL, at offset: Int) throws {
    func refused(_ problem: String, _ advice: String = FileError.fetchAgain) -> FileError {
      FileError(url, at: .byte(offset), problem, advice)
    }
    guard bytes.count >= 16 else {
      throw refused("the chunk 'fmt ' has \(bytes.count) bytes and needs 16")
    }
    func number(_ place: Int, _ count: Int) -> Int {
      bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var code = number(0, 2)
    if code == 0xFFFE {
      guard bytes.count >= 40, Array(bytes[26..<40]) == Self.extensionTail else {
        throw refused("the format is an extension that is not of the usual kind", Self.advice)
      }
      code = number(24, 2)
    }
    channels = number(2, 2)
    rate = number(4, 4)
    let bits = number(14, 2)
    switch (code, bits) {
    case (1, 8), (1, 16), (1, 24), (1, 32): coding = .integers
    case (3, 32), (3, 64): coding = .reals
    case (6, 8): coding = .aLaw
    case (7, 8): coding = .muLaw
    default: throw refused("samples of format \(code) with \(bits) bits are not read", Self.advice)
    }
    bytesPerSample = bits / 8
    guard channels > 0, rate > 0, rate <= 1 << 24 else {
      throw refused("\(channels) channels at \(rate) samples a second cannot be")
    }
    guard number(12, 2) == channels * bytesPerSample else {
      throw refused(
        "a frame of \(channels) channels with \(bits) bits is said to have \(number(12, 2)) bytes"
      )
    }
  }

  /// The end of the GUIDs of KSDATAFORMAT_SUBTYPE.
  private static let extensionTail: [UInt8] = [
    0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71,
  ]

  static let advice =
    "convert it to PCM of 16 bits, such as with `sox FILE -e signed -b 16 NEW.wav`"

  /// `[channels, samples]` of −1 … 1 from as many frames, which `source` goes on with.
  func samples(_ frames: Int, from source: any ByteSource) throws -> Tensor {
    let stored: Tensor
    func elements(_ type: ElementType, _ more: [Int] = []) throws -> Tensor {
      try source.elements([frames, channels] + more, type, isBigEndian: false)
    }
    switch (coding, bytesPerSample) {
    case (.aLaw, _): stored = try Companding.aLaw.expanded(elements(.uint8))
    case (.muLaw, _): stored = try Companding.muLaw.expanded(elements(.uint8))
    case (.reals, 4): stored = try elements(.float32)
    case (.reals, _): stored = try elements(.float64).cast(to: .float32)
    case (.integers, 1): stored = (try elements(.uint8).cast(to: .float32) - 128) / 128
    case (.integers, 2): stored = try elements(.int16).cast(to: .float32) / 32_768
    case (.integers, 3):
      let bytes = try elements(.uint8, [3]).cast(to: .float32)
      let number = bytes.selecting(0, along: 2) + bytes.selecting(1, along: 2) * 256
      let high = bytes.selecting(2, along: 2)
      // Exact: every integer of 24 bits is a Float32.
      stored = (number + (high - (high .>= 128).choosing(256, else: 0)) * 65_536) / 8_388_608
    default:
      stored = (try elements(.int32).cast(to: .float64) / 2_147_483_648).cast(to: .float32)
    }
    return stored.cast(to: .float32).transposed()
  }
}
