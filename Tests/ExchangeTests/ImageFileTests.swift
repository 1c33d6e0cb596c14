import Foundation
import Tensors
import Testing

@testable import Exchange

/// Images that `Tools/reference/images.py` wrote.
@Suite struct ImageFileTests {
  struct Expected: Decodable, Sendable, CustomTestStringConvertible {
    var file: String
    /// Height, width, channels.
    var shape: [Int]
    var tolerance: Int
    var pixels: [Int]

    var testDescription: String { file }
  }

  /// A grey image brought to another height and width.
  struct Resized: Decodable, Sendable, CustomTestStringConvertible {
    var from: [Int]
    var to: [Int]
    var pixels: [Int]
    var expected: [Int]

    var testDescription: String { "\(from) to \(to), \(pixels.prefix(2))…" }
  }

  private struct List: Decodable {
    var images: [Expected]
    var resized: [Resized]
  }

  private static let list = try! JSONDecoder().decode(
    List.self,
    from: Data(contentsOf: Fixtures.url("images.json"))
  )
  static let expected = list.images
  static let resized = list.resized

  @Test(arguments: expected)
  func pixelsAreThoseWritten(image: Expected) throws {
    let url = Fixtures.url(image.file)
    let header = try ImageFile.header(of: url)
    #expect([header.height, header.width, header.color.channels] == image.shape)
    let pixels = try ImageFile.read(from: url)
    #expect(pixels.elementType == .uint8)
    #expect(pixels.shape == [image.shape[2], image.shape[0], image.shape[1]])
    let wanted = Tensor(image.pixels, shape: image.shape).permuted(to: [2, 0, 1])
    let difference = pixels.cast(to: .int64) - wanted
    #expect(difference.magnitude.maximum().scalar(Int.self) <= image.tolerance)
  }

  /// Pillow's numbers, which rounds after each axis.
  @Test(arguments: resized)
  func smallerImagesAreAntialiased(image: Resized) throws {
    let noise = Tensor(image.pixels.map { UInt8($0) }, shape: [1] + image.from)
    let seen = ImageReading.upright.resized(noise, to: image.to)
    let difference = seen.cast(to: .int64) - Tensor(image.expected, shape: [1] + image.to)
    #expect(difference.magnitude.maximum().scalar(Int.self) <= 1)
  }

  /// What recipes without a word about it were trained with: nothing turned, means of four pixels.
  @Test func earlierRecipesReadImagesAsTheyDid() throws {
    let old = try JSONDecoder().decode(DataSource.self, from: Data(#"{"path": "photos"}"#.utf8))
    #expect(old.imageReading == nil && DataSource("photos").imageReading == .upright)
    let turned = Fixtures.url("turned-6.jpg")
    #expect(try ImageFile.read(from: turned, .stored).shape == [1, 6, 11])
    #expect(try ImageFile.header(of: turned, .stored).width == 11)
    let four = Tensor([0, 10, 20, 30, 40, 50, 60, 70] as [UInt8], shape: [1, 2, 4])
    #expect(ImageReading.stored.resized(four, to: [1, 2]).scalars(UInt8.self) == [25, 45])
    try LabelledSourceTests.withFolder { folder in
      let place = folder.appendingPathComponent("cat")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: turned, to: place.appendingPathComponent("1.jpg"))
      var source = DataSource(folder.path)
      #expect(try LabelledSource(source).training.shape == [1, 11, 6])
      source.imageReading = nil
      #expect(try LabelledSource(source).training.shape == [1, 6, 11])
    }
  }

  /// The luma of ITU-R BT.601, within a rounding; grey as three equal colours.
  @Test func coloursAreConverted() throws {
    let url = Fixtures.url("rgb-8.png")
    let colours = try ImageFile.read(from: url).cast(to: .float64)
    let weights = Tensor([0.299, 0.587, 0.114]).reshaped(to: [3, 1, 1])
    let grey = try ImageFile.read(from: url, as: .grey)
    #expect(grey.shape == [1, 7, 9])
    #expect(
      grey.cast(to: .float64).removingAxis(0).largestDifference(
        from: (colours * weights).sum(along: 0)
      ) <= 0.501
    )
    let one = try ImageFile.read(from: Fixtures.url("grey-8.png"))
    let three = try ImageFile.read(from: Fixtures.url("grey-8.png"), as: .rgb)
    for channel in 0..<3 {
      #expect(three[channel].scalars(UInt8.self) == one[0].scalars(UInt8.self))
    }
  }

  /// A file cut off anywhere, or with any byte changed, is refused in one sentence or read; it never
  /// ends the program.
  @Test(arguments: ["rgb-8-interlaced.png", "palette-4.png", "rgb.jpg", "grey-progressive.jpg"])
  func damageIsOneSentence(file: String) throws {
    let bytes = Fixtures.bytes(file)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())-\(file)")
    defer { try? FileManager.default.removeItem(at: url) }
    func refusal(_ bytes: [UInt8]) throws -> String? {
      try Data(bytes).write(to: url)
      do {
        _ = try ImageFile.read(from: url)
        return nil
      } catch let error as FileError {
        return error.description
      }
    }
    let ending = file.hasSuffix("png") ? 12 : 2
    for count in stride(from: 0, to: bytes.count - ending, by: 7) {
      let sentence = try refusal(Array(bytes[..<count]))
      #expect(sentence?.contains(url.path) == true, "\(count) of \(bytes.count) bytes")
      #expect(sentence?.contains("\n") == false)
    }
    for place in stride(from: 0, to: bytes.count, by: 3) {
      var changed = bytes
      changed[place] ^= 0x55
      if let sentence = try refusal(changed) { #expect(!sentence.contains("\n")) }
    }
  }

  @Test func whatIsNoImageIsRefused() throws {
    let text = try #require(throws: FileError.self) {
      try ImageFile.read(from: Fixtures.url("comma.csv"))
    }
    #expect(text.description.contains("neither PNG nor JPEG"))
    // A header that claims 65,535 by 65,535 pixels is refused before memory is set aside.
    var bomb = Fixtures.bytes("grey-1.png")
    for place in 16..<24 { bomb[place] = [0, 0, 0xFF, 0xFF][(place - 16) % 4] }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).png")
    defer { try? FileManager.default.removeItem(at: url) }
    // The checksum of the header must be right to get that far.
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in bomb[12..<29] {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    for place in 0..<4 { bomb[29 + place] = UInt8(truncatingIfNeeded: ~sum >> (24 - 8 * place)) }
    try Data(bomb).write(to: url)
    let large = try #require(throws: FileError.self) { try ImageFile.read(from: url) }
    #expect(large.description.contains("claims 65535 by 65535 pixels"))
  }
}
