import Foundation
import Tensors
import Testing

@testable import Exchange

/// What folders of images hold beside the images that are read.
@Suite struct ImageFolderTests {
  private func put(_ fixture: String, _ place: URL) throws {
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try FileManager.default.copyItem(at: Fixtures.url(fixture), to: place)
  }

  private func link(_ place: URL, to target: URL) throws {
    try FileManager.default.createSymbolicLink(at: place, withDestinationURL: target)
  }

  @Test func linksAreFollowed() throws {
    try LabelledSourceTests.withFolder { folder in
      let (photos, other) = (folder.appendingPathComponent("p"), folder.appendingPathComponent("o"))
      try put("grey-8.png", photos.appendingPathComponent("cat/1.png"))
      try put("grey-4.png", other.appendingPathComponent("dogs/1.png"))
      try put("grey-2.png", other.appendingPathComponent("2.png"))
      try link(photos.appendingPathComponent("dog"), to: other.appendingPathComponent("dogs"))
      try link(
        photos.appendingPathComponent("cat/2.png"),
        to: other.appendingPathComponent("2.png")
      )
      let source = try LabelledSource(DataSource(photos.path))
      #expect(source.training.classes == ["cat", "dog"])
      #expect(source.training.labels.scalars(Int.self) == [0, 0, 1])
      // What is read is what is hashed.
      let files = try LabelledSource.files(in: photos).map { $0.path.dropFirst(photos.path.count) }
      #expect(files == ["/cat/1.png", "/cat/2.png", "/dog/1.png"])
      // As `train`, and round in a circle.
      let both = folder.appendingPathComponent("both")
      try FileManager.default.createDirectory(at: both, withIntermediateDirectories: true)
      try link(both.appendingPathComponent("train"), to: photos)
      try link(photos.appendingPathComponent("cat/round"), to: both)
      #expect(try LabelledSource(DataSource(both.path)).training.count == 3)
      #expect(try LabelledSource.files(in: both).count == 3)
    }
  }

  @Test func whatIsNotReadIsSaidWithCounts() throws {
    try LabelledSourceTests.withFolder { folder in
      func touch(_ names: String...) throws {
        for name in names {
          try put("grey-8.png", folder.appendingPathComponent("train/" + name))
        }
      }
      try touch("cat/1.png", "dog/1.png", "dog/more/2.png", "cat/more/3.png", "loose.png")
      #expect(
        try LabelledSource(DataSource(folder.path)).training.remarks.contains(
          "left out: 2 folders inside those of classes and 1 image beside the folders of classes"
        )
      )
      try touch("cat/3.webp", "dog/4.WebP", "dog/5.gif", "cat/README", "cat/.hidden")
      try put("grey-8.png", folder.appendingPathComponent("val/cat/1.png"))
      try put("grey-8.png", folder.appendingPathComponent("test/cat/1.png"))
      try put("grey-8.png", folder.appendingPathComponent("test/cat/2.tif"))
      let source = try LabelledSource(DataSource(folder.path))
      let text = source.training.remarks.joined(separator: ", ")
      #expect(text.contains("classes and 2 .webp and 1 without an ending and 1 .gif"), "\(text)")
      #expect(text.contains("left out: the folder 'val'"), "\(text)")
      #expect(source.test?.remarks.contains("left out: 1 .tif") == true)
      try touch("emu/1.bmp")
      let refusal = LabelledSourceTests.refusal(DataSource(folder.path))
      #expect(refusal?.contains("no .png or .jpg in it") == true)
      #expect(refusal?.contains("1 .bmp") == true)
    }
  }

  #if os(Linux)
    /// Bytes that are no text, as in names from old archives.
    @Test func namesThatAreNoTextAreRefused() throws {
      for isInside in [false, true] {
        try LabelledSourceTests.withFolder { folder in
          try put("grey-8.png", folder.appendingPathComponent("cat/1.png"))
          try put("grey-8.png", folder.appendingPathComponent("dog/1.png"))
          let place = folder.path + (isInside ? "/dog/" : "/")
          let strange = Array(place.utf8CString.dropLast()) + [CChar(bitPattern: 0xE9), 0]
          #expect(rename(folder.path + (isInside ? "/dog/1.png" : "/dog"), strange) == 0)
          let refusal = LabelledSourceTests.refusal(DataSource(folder.path))
          #expect(refusal?.contains("the name of '\u{FFFD}' in it is not UTF-8") == true)
        }
      }
    }
  #endif
}
