import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Files of strangers: whatever they say, the program answers in one sentence, soon, and in little
/// memory. `make fuzz` tries changed files for as long as it is told (`FUZZ_SECONDS`, `FUZZ_SEED`);
/// without these the inputs that once did harm are tried.
///
/// A trap of Swift ends the process, so that workers are processes of their own, whose last input
/// tells what it was.
@Suite(.serialized) struct FuzzTests {
  /// A folder of its own that worker processes are told, in memory where that is a file system: files
  /// are synchronised as they are written.
  static let folder: URL = {
    if let given = ProcessInfo.processInfo.environment["FUZZ_FOLDER"] {
      return URL(fileURLWithPath: given)
    }
    let memory = URL(fileURLWithPath: "/dev/shm")
    let isThere = FileManager.default.isWritableFile(atPath: memory.path)
    let url = (isThere ? memory : FileManager.default.temporaryDirectory)
      .appendingPathComponent("distill-fuzz-\(UUID().uuidString)")
    setenv("FUZZ_FOLDER", url.path, 1)
    // Threads that wait for small tensors take more time than the work.
    setenv("OMP_NUM_THREADS", "1", 1)
    return url
  }()

  /// What is changed by chance must be used when it is not changed.
  @Test(arguments: FuzzTarget.all) func soundFilesAreUsed(_ target: FuzzTarget) throws {
    try withScratchFolder { folder in
      try target.make(folder)
      try target.use(folder)
    }
  }

  /// What is taken apart to be changed is put together again.
  @Test func binaryJSONIsKept() throws {
    try withScratchFolder { folder in
      for name in ["tree-xgb-multi.ubj", "tree-xgb-forest.ubj"] {
        let sound = FuzzTarget.fixture("ModelFilesTests", name)
        let tree = try #require(try JSONTree(ubjson: Data(contentsOf: sound)))
        let again = folder.appendingPathComponent(name)
        try tree.ubjson.write(to: again)
        let inputs = Tensor.normal([20, 8], using: RandomGenerator(seed: 1))
        let values = try [sound, again].map { try TreeModel(contentsOf: $0).values(of: inputs) }
        #expect(values[0].scalars(Float.self) == values[1].scalars(Float.self))
      }
    }
  }

  @Test func whatOnceDidHarmIsRefused() async throws {
    let url = try Self.begin("corpus")
    await #expect(processExitsWith: .success) {
      try FuzzTests.inQuiet {
        let worker = try FuzzWorker(folder: FuzzTests.folder.appendingPathComponent("corpus"))
        for input in FuzzCorpus.all {
          try worker.attempt(input.target, input.name) { try input.write($0.url) }
        }
      }
    }
    if let last = try FuzzWorker(folder: url).unfinished {
      Issue.record("the process ended at: \(last.what)")
    }
    try FileManager.default.removeItem(at: Self.folder)
  }

  @Test(.enabled(if: FuzzWorker.seconds != nil)) func changedFilesDoNoHarm() async throws {
    let url = try Self.begin("random")
    let end = Date().addingTimeInterval(FuzzWorker.seconds ?? 0)
    setenv("FUZZ_UNTIL", "\(end.timeIntervalSince1970)", 1)
    let worker = try FuzzWorker(folder: url)
    var found = 0
    while Date() < end, found < 50 {
      await withKnownIssue(isIntermittent: true) {
        await #expect(processExitsWith: .success) {
          try FuzzTests.inQuiet {
            let until =
              ProcessInfo.processInfo.environment["FUZZ_UNTIL"].flatMap { Double($0) } ?? 0
            try FuzzWorker(folder: FuzzTests.folder.appendingPathComponent("random"))
              .work(until: Date(timeIntervalSince1970: until))
          }
        }
      }
      guard let last = worker.unfinished else { continue }
      found += 1
      let kept = Self.folder.appendingPathComponent("found-\(found)")
      try FileManager.default.moveItem(at: last.files, to: kept)
      worker.forget()
      Issue.record("the process ended at \(last.what); the files are in \(kept.path)")
    }
    for (name, count, milliseconds) in worker.triedByTarget {
      print("fuzz: \(count) of \(name), \(String(format: "%.1f", milliseconds)) ms each")
    }
    print("fuzz: \(worker.tried) inputs of seed \(FuzzWorker.seed), \(found) did harm")
    try FileManager.default.removeItem(at: found == 0 ? Self.folder : url)
  }

  @discardableResult
  private static func begin(_ name: String) throws -> URL {
    let url = folder.appendingPathComponent(name)
    try? FileManager.default.removeItem(at: url)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  /// What is tried says nothing here.
  static func inQuiet(_ body: () throws -> Void) throws {
    let null = open("/dev/null", O_WRONLY)
    dup2(null, STDOUT_FILENO)
    try body()
  }
}
