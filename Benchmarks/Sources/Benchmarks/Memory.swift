import Distill
import Foundation

/// The megabytes by which resident memory rose at most during a call; nil where the system does not
/// say.
func peakMemory(of body: () throws -> Void) rethrows -> Double? {
  #if os(Linux)
    Machine.returnFreedMemory()
    // Resets the high-water mark.
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return nil }
    file.write(Data("5".utf8))
    try? file.close()
    guard let before = resident("VmRSS") else { return nil }
    try body()
    return resident("VmHWM").map { ($0 - before) / 1024 }
  #else
    return nil
  #endif
}

/// A line of the process's status, in kilobytes.
private func resident(_ name: String) -> Double? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
    return nil
  }
  let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
  return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap {
    Double($0)
  }
}
