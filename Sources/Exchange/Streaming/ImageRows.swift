import Foundation
import Tensors

/// Files of images, each of which is decoded when it is asked for.
final class ImageRows: RowSource, @unchecked Sendable {
  let shape: [Int]
  let elementType = ElementType.uint8
  private let folders: [String]
  /// The place of each image's folder, and its name in it: paths would be most of what is in memory.
  private let names: [(folder: Int32, name: String)]
  private let stamps: [FileStamp]
  private let color: ImageColor
  private let extent: [Int]
  private let reading: ImageReading

  var count: Int { names.count }

  /// - Parameters:
  ///   - extent: The height and width that images are brought to.
  /// - Throws: ``FileError`` when a file is gone.
  init(_ files: [URL], _ extent: [Int], _ color: ImageColor, _ reading: ImageReading) throws {
    var places: [String: Int32] = [:]
    var (folders, names, stamps) = ([String](), [(Int32, String)](), [FileStamp]())
    for file in files {
      let folder = file.deletingLastPathComponent().path
      if places[folder] == nil {
        places[folder] = Int32(folders.count)
        folders.append(folder)
      }
      guard let stamp = FileStamp(file.path) else { throw Self.isGone(file) }
      names.append((places[folder]!, file.lastPathComponent))
      stamps.append(stamp)
    }
    (self.folders, self.names, self.stamps) = (folders, names, stamps)
    (self.extent, self.color, self.reading) = (extent, color, reading)
    shape = [color.channels] + extent
  }

  private static func isGone(_ url: URL) -> FileError {
    FileError(url, "it is not there any more", "begin again with data that stay as they are")
  }

  func rows(_ places: [Int]) throws -> Tensor {
    try .stacked(
      places.map { place in
        let (folder, name) = names[place]
        let path = folders[Int(folder)] + "/" + name
        let url = URL(fileURLWithPath: path)
        guard let stamp = FileStamp(path) else { throw Self.isGone(url) }
        guard stamp == stamps[place] else {
          throw FileError(
            url,
            "it was changed while it was read",
            "begin again with data that stay as they are"
          )
        }
        let image = try ImageFile.read(from: url, as: color, reading)
        return Array(image.shape.suffix(2)) == extent ? image : reading.resized(image, to: extent)
      }
    )
  }
}
