import Foundation
import Tensors

/// Sound in RIFF's WAVE form (Microsoft and IBM 1991): integers of 8, 16, 24 and 32 bits, reals of 32
/// and 64, A-law and µ-law, in any number of channels.
///
/// ```swift
/// let prompt = try WAV.read(from: folder.appending(path: "seven.wav"))
/// print(prompt.samples.shape, prompt.rate)  // [1, 14112] 16000
/// ```
///
/// A length of 0xFFFFFFFF, which programs write that do not know it yet, stands for all that follows.
public enum WAV {
  /// - Throws: ``FileError`` when the file is missing, of another format, shorter than it promises,
  ///   or holds numbers that are not finite.
  public static func read(from url: URL) throws -> Recording {
    let source = try FileBytes(OpenFile(url))
    let start = try source.header(12, "the header")
    guard Array(start[0..<4]) == Array("RIFF".utf8), Array(start[8..<12]) == Array("WAVE".utf8)
    else {
      throw FileError(
        url,
        at: .byte(0),
        "this is not a WAV file: it starts with \(shown(start))",
        WAVFormat.advice
      )
    }
    var format: WAVFormat?
    while source.greatestRemaining > 0 {
      let place = source.position
      let head = try source.header(8, "the header of a chunk")
      let name = Array(head[0..<4])
      let length = head[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      if name == Array("data".utf8) {
        guard let format else {
          throw FileError(
            url,
            at: .byte(place),
            "the samples come before the chunk 'fmt ' that says what they are",
            FileError.fetchAgain
          )
        }
        return try recording(of: length, format, from: source)
      }
      guard length <= source.greatestRemaining else {
        throw source.promiseBroken(
          at: place,
          promised: length,
          "only \(source.greatestRemaining) follow"
        )
      }
      if name == Array("fmt ".utf8) {
        let bytes = try source.header(min(length, 40), "the chunk 'fmt '")
        format = try WAVFormat(bytes, in: url, at: place)
        source.skip(length - bytes.count)
      } else {
        source.skip(length)
      }
      // Chunks begin at even places.
      if length % 2 == 1 { source.skip(min(1, source.greatestRemaining)) }
    }
    throw FileError(
      url,
      at: .byte(source.position),
      "the file ends without samples: it has no chunk 'data'",
      FileError.fetchAgain
    )
  }

  private static func recording(
    of length: Int,
    _ format: WAVFormat,
    from source: FileBytes
  ) throws -> Recording {
    let start = source.position
    let bytes = length == 0xFFFF_FFFF ? source.greatestRemaining : length
    guard bytes <= source.greatestRemaining else {
      throw source.promiseBroken(
        at: start,
        promised: bytes,
        "only \(source.greatestRemaining) follow"
      )
    }
    guard bytes % format.bytesPerFrame == 0 else {
      throw FileError(
        source.url,
        at: .byte(start),
        "\(bytes) bytes of samples are no whole number of frames of \(format.bytesPerFrame)",
        FileError.fetchAgain
      )
    }
    let samples = try format.samples(bytes / format.bytesPerFrame, from: source)
    guard samples.isAllFinite else {
      throw FileError(
        source.url,
        at: .byte(start),
        "some samples are not finite numbers",
        FileError.fetchAgain
      )
    }
    return Recording(samples, rate: format.rate)
  }

  /// Writes integers of 16 bits; what is beyond full scale is clipped.
  ///
  /// - Throws: ``FileError`` when the file cannot be written, or is too long for the format.
  public static func write(_ recording: Recording, to url: URL) throws {
    let (channels, count) = (recording.samples.shape[0], recording.samples.shape[1])
    let bytes = 2 * channels * count
    guard bytes < 1 << 32 - 36, channels < 1 << 15, recording.rate <= 1 << 24 else {
      throw FileError(
        url,
        "WAV files cannot hold \(channels) channels of \(count) samples",
        "write parts of it"
      )
    }
    let scaled = (recording.samples.transposed() * 32_768).rounded
      .clamped(min: -32_768, max: 32_767).cast(to: .int16)
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let header =
      Array("RIFF".utf8) + number(36 + bytes, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
      + number(1, 2) + number(channels, 2) + number(recording.rate, 4)
      + number(2 * channels * recording.rate, 4) + number(2 * channels, 2) + number(16, 2)
      + Array("data".utf8) + number(bytes, 4)
    let ordered = hostIsBigEndian ? scaled.withBytesSwapped : scaled
    try NewFile.write(to: url) { file in
      try file.append(header)
      try ordered.withUnsafeBytes(file.append)
    }
  }
}
