import Foundation
import Testing

/// Tries changed files one after another, each noted before it is tried: what ends this process is
/// found by the one that started it.
final class FuzzWorker {
  static let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap { Double($0) }
  static let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  /// The number of the first input: one that did harm is tried again by itself.
  static let first = ProcessInfo.processInfo.environment["FUZZ_FIRST"].flatMap { Int($0) } ?? 0

  /// A part of the names of the targets that are tried; all where it is not said.
  static let only = ProcessInfo.processInfo.environment["FUZZ_ONLY"]

  /// Bytes beyond those of earlier inputs: above, an input takes too much, and so it does above a
  /// hundred times its files. Below, the libraries' own needs hide what an input takes.
  private static let room = 1 << 28

  let folder: URL
  private let note: Note
  private let count: Note
  private let spent: Spent
  private var places: [String: Place] = [:]

  init(folder: URL) throws {
    self.folder = folder
    note = try Note(folder.appendingPathComponent("trying"))
    count = try Note(folder.appendingPathComponent("count"))
    spent = try Spent(folder.appendingPathComponent("spent"))
  }

  /// How many inputs were tried so far.
  var tried: Int { Int(count.text) ?? 0 }

  /// What was being tried when the process ended, and in which folder; nil when it ended well.
  var unfinished: (what: String, files: URL)? {
    let lines = note.text.components(separatedBy: "\n")
    return lines.count == 2 ? (lines[0], URL(fileURLWithPath: lines[1])) : nil
  }

  func forget() { note.text = "" }

  /// Goes on from the number of inputs tried until the time is over.
  func work(until end: Date) throws {
    var done = tried
    while Date() < end {
      let number = Self.first + done
      done += 1
      count.text = "\(done)"
      var dice = Self.dice(number)
      let target = dice.one(of: Self.choices)
      try attempt(target, "\(target.name), seed \(Self.seed), input \(number)") { place in
        var mutation = Mutation(dice: dice)
        for _ in 0...mutation.dice.below(2) {
          let name = mutation.dice.one(of: place.names)
          try place.replace(name, with: mutation.changed(place.sound[name]!, name))
        }
      }
    }
  }

  private static let choices = FuzzTarget.all.filter { target in
    only.map { target.name.contains($0) } ?? true
  }.flatMap { [FuzzTarget](repeating: $0, count: $0.weight) }

  private static func dice(_ number: Int) -> Dice {
    Dice(seed: seed &+ UInt64(number) &* 0x1_0000_0001)
  }

  /// How many inputs of each target were tried, by what the seed chose, and the processor's time for
  /// one.
  var triedByTarget: [(name: String, count: Int, milliseconds: Double)] {
    var counts: [String: Int] = [:]
    for number in Self.first..<Self.first + tried {
      var dice = Self.dice(number)
      counts[dice.one(of: Self.choices).name, default: 0] += 1
    }
    return FuzzTarget.all.enumerated().compactMap { index, target in
      counts[target.name].map { (target.name, $0, 1_000 * spent[index] / Double($0)) }
    }
  }

  /// Tries an input that is known.
  func attempt(_ target: FuzzTarget, _ what: String, change: (Place) throws -> Void) throws {
    let start = Self.processorSeconds
    let index = FuzzTarget.all.firstIndex { $0.name == target.name }!
    let place = try self.place(target, index)
    // What goes wrong here is the fuzzing's own fault.
    note.text = "\(what), being made\n\(place.url.path)"
    try change(place)
    note.text = "\(what)\n\(place.url.path)"
    let before = Self.peakBytes
    Self.limit(target.patience)
    // Every error is an answer.
    do { try target.use(place.url) } catch {}
    Self.limit(0)
    let taken = Self.peakBytes - before
    guard taken < Self.room || taken < 100 * place.bytes else {
      note.text = "\(what): took \(taken) bytes\n\(place.url.path)"
      exit(3)
    }
    place.restore()
    note.text = ""
    spent[index] += Self.processorSeconds - start
  }

  /// The files of a target, made once.
  private func place(_ target: FuzzTarget, _ index: Int) throws -> Place {
    if let place = places[target.name] { return place }
    let sound = folder.appendingPathComponent("sound-\(index)")
    let isMade = sound.appendingPathExtension("made")
    if !FileManager.default.fileExists(atPath: isMade.path) {
      try? FileManager.default.removeItem(at: sound)
      try FileManager.default.createDirectory(at: sound, withIntermediateDirectories: true)
      try target.make(sound)
      try Data().write(to: isMade)
    }
    let place = try Place(target, sound, folder.appendingPathComponent("case-\(index)"))
    places[target.name] = place
    return place
  }

  /// Ends the process by a signal after so many seconds of the processor's time, or ten times that
  /// much of the wall's.
  private static func limit(_ seconds: Int) {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    // ITIMER_PROF and RUSAGE_SELF, which are of other types on other systems.
    setitimer(2, &timer, nil)
    alarm(UInt32(10 * seconds))
  }

  private static var usage: rusage {
    var usage = rusage()
    getrusage(0, &usage)
    return usage
  }

  private static var peakBytes: Int { usage.ru_maxrss * 1_024 }

  private static var processorSeconds: Double {
    let usage = usage
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}

extension FuzzWorker {
  /// A copy of sound files that may be changed.
  final class Place {
    let url: URL
    /// The files that are changed, and what is in them.
    let sound: [String: Data]
    let names: [String]
    private let original: URL
    private let leavesFiles: Bool
    private var changed: Set<String> = []

    init(_ target: FuzzTarget, _ original: URL, _ url: URL) throws {
      (self.original, self.url, leavesFiles) = (original, url, target.leavesFiles)
      let all = try FileManager.default.subpathsOfDirectory(atPath: original.path).filter {
        var isFolder: ObjCBool = false
        let path = original.appendingPathComponent($0).path
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
          && !isFolder.boolValue
      }
      names = all.filter { name in
        target.files.isEmpty || target.files.contains { name == $0 || name.hasPrefix($0 + "/") }
      }.sorted()
      sound = try Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, try Data(contentsOf: original.appendingPathComponent($0)))
        }
      )
      copy()
    }

    var bytes: Int {
      names.reduce(0) {
        var facts = stat()
        return $0
          + (stat(url.appendingPathComponent($1).path, &facts) == 0 ? Int(facts.st_size) : 0)
      }
    }

    func replace(_ name: String, with data: Data) throws {
      changed.insert(name)
      try data.write(to: url.appendingPathComponent(name))
    }

    /// All files as they were; a known input may have changed any.
    func restore() {
      if leavesFiles || changed.isEmpty { return copy() }
      for name in changed { try! sound[name]!.write(to: url.appendingPathComponent(name)) }
      changed = []
    }

    private func copy() {
      try? FileManager.default.removeItem(at: url)
      try! FileManager.default.copyItem(at: original, to: url)
      changed = []
    }
  }

  /// A line that outlives the process.
  final class Note {
    private let descriptor: Int32

    init(_ url: URL) throws {
      descriptor = open(url.path, O_RDWR | O_CREAT, 0o644)
      if descriptor < 0 { throw CocoaError(.fileWriteUnknown) }
    }

    deinit { close(descriptor) }

    var text: String {
      get {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      }
      set {
        let bytes = Array(newValue.utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, bytes, bytes.count, 0)
      }
    }
  }

  /// Seconds of the processor for each target, which outlive the process.
  final class Spent {
    private let descriptor: Int32

    init(_ url: URL) throws {
      descriptor = open(url.path, O_RDWR | O_CREAT, 0o644)
      if descriptor < 0 { throw CocoaError(.fileWriteUnknown) }
    }

    deinit { close(descriptor) }

    subscript(index: Int) -> Double {
      get {
        var seconds = 0.0
        pread(descriptor, &seconds, 8, off_t(8 * index))
        return seconds
      }
      set {
        var seconds = newValue
        pwrite(descriptor, &seconds, 8, off_t(8 * index))
      }
    }
  }
}
