import Foundation

/// Where batches that come and go are in memory.
enum LargeArrays {
  /// Has the system give and take arrays of 2 MB and more, each by itself.
  ///
  /// glibc soon takes them from its heap. Small results that stay, such as what a teacher says of each
  /// batch, come to lie in the gaps of batches that are gone, and no other batch fits into what is left:
  /// a million images of 4 KB took 8 GB that way, and take 0.4 GB without it.
  static let areApart: Bool = {
    typealias Setting = @convention(c) (Int32, Int32) -> Int32
    // Other C libraries have no such setting, and no need of it.
    guard let place = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "mallopt") else { return false }
    let threshold: Int32 = -3  // M_MMAP_THRESHOLD of <malloc.h>
    return unsafeBitCast(place, to: Setting.self)(threshold, 2 << 20) == 1
  }()
}
