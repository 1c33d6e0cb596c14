import Distill
import Foundation
import Runs

/// What a run's folder says now, and what of it is new to somebody who looked before.
///
/// The folder is all that is looked at, so that runs are seen that began before, are resumed, or are
/// over.
actor RunReading {
  /// What a page is told.
  struct Message: Equatable {
    /// `run`, `progress`, `chart`, `examples` or `log`.
    let event: String
    /// JSON in one line.
    let data: String
  }

  private let folder: URL
  private let name: String
  private var journal: RunJournal.Reader
  private var log = RunLog()
  private var readers: [String: EventReader] = [:]
  /// The latest of each kind, in the order of their making, and the log.
  private var parts: [String: (version: Int, message: Message)] = [:]
  private var entries: [(version: Int, message: Message)] = []
  private var version = 0
  private var stamps: [String: Stamp] = [:]
  private var lookedAt: ContinuousClock.Instant?

  private static let longestLog = 400
  private static let mostNetworks = 64

  /// By which a file is known to be the same.
  private struct Stamp: Equatable {
    var seconds = 0
    var nanoseconds = 0
    var bytes = -1
  }

  init(_ folder: URL) {
    self.folder = folder
    name = folder.lastPathComponent
    journal = RunJournal.Reader(in: folder.appendingPathComponent(RunFolder.curves))
  }

  /// What is new since a version, 0 for all, and the version that this is.
  func news(since known: Int) -> (messages: [Message], version: Int) {
    let now = ContinuousClock.now
    // Several pages look at one folder once.
    if lookedAt.map({ now - $0 > .milliseconds(400) }) ?? true {
      look()
      lookedAt = .now
    }
    let changed = (Array(parts.values) + entries).filter { $0.version > known }
    return (changed.sorted { $0.version < $1.version }.map(\.message), version)
  }

  private func look() {
    for line in journal.next() {
      for entry in log.take(line) {
        version += 1
        entries.append((version, Message(event: "log", data: Self.json(entry))))
      }
    }
    entries.removeFirst(max(0, entries.count - Self.longestLog))
    let facts = RunFacts(
      folder,
      name: name,
      earlier: self.facts,
      isSame: isUnchanged(RunFacts.files)
    )
    self.facts = facts
    put("run", Self.json(facts))
    put("progress", Self.json(Progress(now: log.progress, isWorking: facts.process != nil)))
    lookAtCurves()
    lookAtExamples()
  }

  private var facts: RunFacts?

  private struct Progress: Encodable {
    let now: RunLog.Progress?
    let isWorking: Bool
  }

  // MARK: Curves

  private func lookAtCurves() {
    let place = folder.appendingPathComponent(RunFolder.curves)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    // What a search tries is no curve of one network.
    let networks = names.filter { !$0.hasPrefix("search-") }.sorted()
    for name in networks.suffix(Self.mostNetworks) where readers[name] == nil {
      var status = stat()
      let path = place.appendingPathComponent(name)
      guard lstat(path.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      readers[name] = EventReader(path)
    }
    let isNew = readers.values.map { $0.refresh() }.contains(true)
    guard isNew || (readers.isEmpty && !isUnchanged([RunFolder.metrics], for: "curves")) else {
      return
    }
    let curves: RunCharts.Curves =
      readers.isEmpty
      ? MetricCurves.read(in: folder)
      : readers.sorted { $0.key < $1.key }.map { ($0.key, $0.value.curves) }
    for (place, chart) in RunCharts.drawn(curves).enumerated() {
      put("chart \(chart.id)", Self.json(Chart(id: chart.id, place: place, svg: chart.svg)))
    }
  }

  private struct Chart: Encodable {
    let id: String
    /// In the order of all.
    let place: Int
    let svg: String
  }

  // MARK: Examples

  private func lookAtExamples() {
    let name = "\(RunFolder.curves)/\(EventFile.differences)"
    let file = folder.appendingPathComponent(name)
    guard !isUnchanged([name]), let found = WatchedExamples.read(file) else { return }
    put("examples", Self.json(found))
  }

  // MARK: Parts

  private func put(_ key: String, _ data: String) {
    let message = Message(event: String(key.prefix { $0 != " " }), data: data)
    guard parts[key]?.message != message else { return }
    version += 1
    parts[key] = (version, message)
  }

  /// Whether files are as they were when this was asked before for the same purpose.
  private func isUnchanged(_ files: [String], for purpose: String = "") -> Bool {
    var isSame = true
    for file in files {
      var status = stat()
      var stamp = Stamp()
      if lstat(folder.appendingPathComponent(file).path, &status) == 0 {
        #if canImport(Darwin)
          let time = status.st_mtimespec
        #else
          let time = status.st_mtim
        #endif
        stamp = Stamp(
          seconds: Int(time.tv_sec),
          nanoseconds: Int(time.tv_nsec),
          bytes: Int(status.st_size)
        )
      }
      let key = purpose + " " + file
      isSame = stamps[key] == stamp && isSame
      stamps[key] = stamp
    }
    return isSame
  }

  private static func json(_ value: some Encodable) -> String { String(jsonLine(value).dropLast()) }
}
