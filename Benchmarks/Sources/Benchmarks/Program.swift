import Distill
import Foundation

/// Does what the script asks for, line by line, and answers each with a line of JSON:
/// `prepare WORK`, then `time SECONDS VERSION` as often as it likes.
@main
enum Program {
  private static var works: [Work] {
    studentWorks + derivativeWorks + teacherWorks + tensorWorks + nadeWorks + boltzmannWorks
      + lossWorks + graphWorks + sequenceWorks + programWorks
  }

  static func main() throws {
    if let threads = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) {
      Machine.threads = threads
    }
    let works = works
    answer(["works": works.map(\.name)])
    var versions: [Version] = []
    while let line = readLine() {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      switch words.first {
      case "prepare":
        versions = []
        guard let work = works.first(where: { $0.name == words[1] }) else {
          answer(["versions": [String]()])
          continue
        }
        let prepared = try work.prepare()
        versions = prepared.versions
        for version in versions { for _ in 0..<2 { try version.run() } }
        var reply: [String: Any] = ["versions": versions.map(\.name)]
        if let check = prepared.check { reply["check"] = check }
        let measured = try versions.filter(\.measuresMemory).compactMap { version in
          try peakMemory(of: version.run).map { (version.name, $0) }
        }
        reply["memory"] = Dictionary(uniqueKeysWithValues: measured)
        if let note = prepared.note { reply["note"] = note }
        answer(reply)
      case "time":
        let version = versions.first { $0.name == words[2] }!
        answer(["milliseconds": try time(version, seconds: Double(words[1])!)])
      default: return
      }
    }
  }

  private static func time(_ version: Version, seconds: Double) throws -> [Double] {
    let clock = ContinuousClock()
    let start = clock.now
    var samples: [Double] = []
    repeat {
      let before = clock.now
      try version.run()
      samples.append((clock.now - before) / .milliseconds(version.repeats))
    } while clock.now - start < .seconds(seconds)
    return samples
  }

  private static func answer(_ reply: [String: Any]) {
    let data = try! JSONSerialization.data(withJSONObject: reply)
    FileHandle.standardOutput.write(data + Data("\n".utf8))
  }
}
