import Foundation

/// How much memory may be taken for what a file holds: 100 times the file, or 256 MB where it
/// is small, and never more than the machine has. A few packed bytes must not stand for gigabytes
/// of zeros.
package final class MemoryBound {
  private static let multiple = 100.0
  /// What no machine misses, in bytes.
  @TaskLocal static var free = 256e6
  /// Where things come one by one, bytes are added up to so many before they are taken.
  package static let step = 1 << 16

  private let url: URL
  private let fileBytes: Double
  private var taken = 0.0

  /// - Parameter fileBytes: What the file has on the disk.
  package init(_ url: URL, fileBytes: Int) { (self.url, self.fileBytes) = (url, Double(fileBytes)) }

  /// A bound for a file; one that is not there has no bytes.
  package convenience init(_ url: URL) {
    let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize
    self.init(url, fileBytes: size ?? 0)
  }

  /// Adds to what is taken for the file, before it is.
  ///
  /// - Parameters:
  ///   - bytes: How many more.
  ///   - what: What they are for, such as `its array of shape [3, 4]`.
  /// - Throws: ``FileError`` with the numbers.
  package func take(_ bytes: Double, for what: @autoclosure () -> String) throws {
    let whole = taken + bytes
    guard whole <= Double(MachineMemory.bytes) else {
      throw FileError(
        url,
        "\(what()) \(MachineMemory.excess(of: whole))",
        "give a part of it, or use a larger machine"
      )
    }
    guard whole <= max(Self.free, Self.multiple * fileBytes) else {
      throw FileError(
        url,
        String(
          format: "%@ would be %.3g GB in memory, %.0f times the %.3g MB of the file",
          what(),
          whole / 1e9,
          whole / fileBytes,
          fileBytes / 1e6
        ),
        "if that is what it holds, unpack it (gunzip; numpy.savez in place of savez_compressed)"
      )
    }
    taken = whole
  }

  /// What was taken is kept no longer.
  package func giveBack(_ bytes: Double) { taken -= bytes }
}
