import Foundation
import Tensors
import Testing

@testable import Exchange

@Suite struct ImageSheetTests {
  /// The polynomial division that ISO 3309 defines, bit by bit.
  private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  /// The chunks of a PNG file by name, their checksums checked.
  private func chunks(_ file: [UInt8]) -> [(name: String, content: [UInt8])] {
    #expect(file.prefix(8).elementsEqual([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    var result: [(String, [UInt8])] = []
    var at = 8
    while at + 12 <= file.count {
      let length = number(file[at..<at + 4])
      let end = at + 8 + length
      #expect(number(file[end..<end + 4]) == Int(checksum(file[at + 4..<end])))
      let name = String(decoding: file[at + 4..<at + 8], as: UTF8.self)
      result.append((name, Array(file[at + 8..<end])))
      at = end + 4
    }
    #expect(at == file.count)
    return result
  }

  @Test func pngHoldsThePixels() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<(37 * 300)).map { UInt8(truncatingIfNeeded: $0 * $0) }
    let parts = chunks(PNG.bytes(Tensor(pixels, shape: [37, 300])))
    #expect(parts.map(\.name) == ["IHDR", "IDAT", "IEND"])
    #expect(parts[0].content == [0, 0, 1, 44, 0, 0, 0, 37, 8, 0, 0, 0, 0])
    let file = try folder.file("deflated", parts[1].content)
    let inflated = try InflatedBytes(FileBytes(OpenFile(file)), .zlib)
    var rows = [UInt8](repeating: 9, count: 37 * 301 + 1)
    let count = try rows.withUnsafeMutableBytes { try inflated.read(into: $0) }
    #expect(count == 37 * 301)
    for row in 0..<37 {
      #expect(rows[row * 301] == 0)
      #expect(rows[(row * 301 + 1)..<(row * 301 + 301)] == pixels[(row * 300)..<(row * 300 + 300)])
    }
  }

  @Test func imagesStandSideBySide() throws {
    let images = Tensor([[0, 1, 0.5, 0], [1, 1, 0, 0], [0, 0, 1, 1]] as [[Float]])
    let sheet = ImageSheet(images, height: 2, width: 2, columns: 2, scale: 1)
    let frame = [UInt8](repeating: 128, count: 7)
    let expected: [[UInt8]] = [
      frame, [128, 0, 255, 128, 255, 255, 128], [128, 128, 0, 128, 0, 0, 128],
      frame, [128, 0, 0, 128, 128, 128, 128], [128, 255, 255, 128, 128, 128, 128], frame,
    ]
    #expect(sheet.pixels.shape == [7, 7])
    #expect(sheet.pixels.scalars(UInt8.self) == expected.flatMap { $0 })
    #expect(ImageSheet(images, height: 1, width: 4, scale: 3).pixels.shape == [2 * 4 + 1, 27])
  }

  @Test func weightsAreGreyAroundZero() {
    let sheet = ImageSheet.features(
      Tensor([[-2, 0, 1, 2], [0, 0, 0, 0]] as [[Float]]),
      height: 1,
      width: 4,
      columns: 1,
      scale: 1
    )
    let rows = sheet.pixels.scalars(UInt8.self)
    #expect(Array(rows[7..<11]) == [0, 128, 191, 255])
    #expect(Array(rows[19..<23]) == [128, 128, 128, 128])
  }

  @Test func formatsFollowTheName() throws {
    let folder = try TemporaryFolder()
    let sheet = ImageSheet(.zeros([1, 4]), height: 2, width: 2, scale: 1)
    let place = try folder.file("x", [])
    let other = { (name: String) in place.deletingLastPathComponent().appendingPathComponent(name) }
    try sheet.write(to: other("a.pgm"))
    #expect(try Data(contentsOf: other("a.pgm")).starts(with: Data("P5\n4 4\n255\n".utf8)))
    #expect(try Data(contentsOf: other("a.pgm")).count == 11 + 16)
    try sheet.write(to: other("a.PNG"))
    #expect(try Array(Data(contentsOf: other("a.PNG"))) == sheet.png)
    #expect(throws: FileError.self) { try sheet.write(to: other("a.gif")) }
  }
}
