import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// `distill compress --micro-shards` as several programs, as torchrun and others start it.
@Suite struct SharedCompressTests {
  /// A program that was started as a rank.
  private struct Rank {
    let process = Process()
    let errors = Pipe()
    let output: URL

    init(
      _ rank: Int,
      of size: Int,
      _ arguments: [String],
      writing output: URL,
      master port: Int? = nil
    ) throws {
      self.output = output
      process.executableURL = ProgramTests.program
      process.arguments = arguments
      var environment = ProcessInfo.processInfo.environment
      environment["RANK"] = "\(rank)"
      environment["WORLD_SIZE"] = "\(size)"
      environment["MASTER_ADDR"] = port.map { _ in "127.0.0.1" }
      environment["MASTER_PORT"] = port.map { "\($0)" }
      process.environment = environment
      FileManager.default.createFile(atPath: output.path, contents: nil)
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = errors
      try process.run()
    }

    /// Waits for the end: the code, and what was said.
    func ending() throws -> (code: Int32, said: String) {
      let errors = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return (
        process.terminationStatus,
        try String(decoding: errors, as: UTF8.self) + String(contentsOf: output, encoding: .utf8)
      )
    }
  }

  private func arguments(_ world: CompressWorld, _ name: String, steps: Int = 60) -> [String] {
    [
      "compress", "--teacher", world.teachers, "--teacher-model", CompressWorld.teacherModel,
      "--data", world.data, "--student", "mlp:16-4-3", "--steps", "\(steps)", "--control",
      "--micro-shards", "4", "--quiet", "--out", path(world, name),
    ]
  }

  private func path(_ world: CompressWorld, _ name: String) -> String {
    world.folder.appendingPathComponent(name).path
  }

  private func weights(_ world: CompressWorld, _ name: String) throws -> [Data] {
    try [CompressionRun.studentFile, CompressionRun.controlFile].map {
      try Data(contentsOf: URL(fileURLWithPath: path(world, name)).appendingPathComponent($0))
    }
  }

  @Test func ranksTrainTheNetworksOfOneProcess() throws {
    try withScratchFolder { folder in
      let world = try CompressWorld(in: folder)
      let alone = try Rank(
        0,
        of: 1,
        arguments(world, "alone"),
        writing: folder.appending(path: "a")
      )
      let said = try alone.ending()
      #expect(said.code == 0, "\(said)")
      let ranks = try (0..<2).map {
        try Rank($0, of: 2, arguments(world, "two"), writing: folder.appending(path: "r\($0)"))
      }
      for rank in ranks {
        let said = try rank.ending()
        #expect(said.code == 0, "\(said)")
      }
      #expect(try weights(world, "alone") == weights(world, "two"))
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!left.contains { $0.hasSuffix(".ranks") }, "\(left)")
      let plan = try CompressionPlan.recorded(
        in: RunFolder(url: URL(fileURLWithPath: path(world, "two")), command: "compress")
      )
      #expect(plan.training.microShards == 4 && plan.training.threads == 1)
    }
  }

  @Test func theOtherEndsInASentenceAndOneProcessGoesOn() throws {
    try withScratchFolder { folder in
      let world = try CompressWorld(in: folder)
      let whole = try Rank(
        0,
        of: 1,
        arguments(world, "whole", steps: 1_500),
        writing: folder.appending(path: "a")
      )
      let ended = try whole.ending()
      #expect(ended.code == 0, "\(ended)")
      let port = try #require(Self.freePort())
      let ranks = try (0..<2).map {
        try Rank(
          $0,
          of: 2,
          arguments(world, "broken", steps: 1_500),
          writing: folder.appending(path: "r\($0)"),
          master: port
        )
      }
      let run = URL(fileURLWithPath: path(world, "broken"))
      let recipe = run.appendingPathComponent(RunFolder.recipe)
      for _ in 0..<1_000 where !FileManager.default.fileExists(atPath: recipe.path) {
        usleep(20_000)
      }
      usleep(200_000)
      kill(ranks[1].process.processIdentifier, SIGKILL)
      let said = try ranks[0].ending()
      _ = try ranks[1].ending()
      #expect(said.code != 0 && said.code < 128, "\(said)")
      #expect(said.said.contains("rank 1 of 2 ended"), "\(said)")
      #expect(said.said.contains("--resume \(run.path)"), "\(said)")
      let resumed = try Rank(
        0,
        of: 1,
        ["compress", "--resume", run.path, "--quiet"],
        writing: folder.appending(path: "b")
      )
      let last = try resumed.ending()
      #expect(last.code == 0, "\(last)")
      #expect(try weights(world, "whole") == weights(world, "broken"))
    }
  }

  @Test func whatCannotBeSharedIsRefusedInASentence() throws {
    try withScratchFolder { folder in
      let world = try CompressWorld(in: folder)
      func refused(_ size: Int, _ arguments: [String], port: Int? = nil) throws -> String {
        let rank = try Rank(
          0,
          of: size,
          arguments,
          writing: folder.appending(path: "x"),
          master: port
        )
        let ending = try rank.ending()
        #expect(ending.code == 1 || ending.code == 64, "\(ending)")
        #expect(ending.code == 64 || ending.said.filter { $0 == "\n" }.count == 1, "\(ending)")
        return ending.said
      }
      let usual = arguments(world, "no")
      #expect(try refused(5, usual).contains("5 ranks (by torchrun) cannot share 4 micro-shards"))
      let nowhere = usual.dropLast(2)
      #expect(try refused(2, Array(nowhere)).contains("MASTER_ADDR"))
      #expect(try refused(2, usual, port: 70_000).contains("MASTER_PORT=70000 is no port"))
      for (count, word) in [
        ("0", "micro-shards"), ("-1", "micro-shards"), ("1000000", "micro-shards"),
        ("21", "batches of 20"),
      ] {
        let changed = usual.map { $0 == "4" ? count : $0 }
        #expect(try refused(1, changed).contains(word), "\(count)")
      }
      let normal = usual.map { $0 == "mlp:16-4-3" ? "cnn:1x4x4-4c3b-gap-3" : $0 }
      #expect(try refused(1, normal).contains("follows whole batches"))
      #expect(!FileManager.default.fileExists(atPath: path(world, "no")))
    }
  }

  private static func freePort() -> Int? {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }
}
