import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Folders and files of other people.
@Suite struct StrangeFolderTests {
  struct Steps: Codable, Equatable { var done: Int }

  /// A finished run, and a file outside of it whose last line has no end.
  private func withRun(_ body: (RunFolder, _ outside: URL) throws -> Void) throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(
        for: "demo",
        at: scratch.appendingPathComponent("run").path,
        recipe: "command: demo\n"
      )
      folder.lock!.release()
      let outside = scratch.appendingPathComponent("outside")
      try Data("mine\nand no end".utf8).write(to: outside)
      try body(folder, outside)
      #expect(try String(contentsOf: outside, encoding: .utf8) == "mine\nand no end")
    }
  }

  private func link(_ place: URL, to target: URL) throws {
    try FileManager.default.createSymbolicLink(
      atPath: place.path,
      withDestinationPath: target.path
    )
  }

  @Test func metricsAreNotAppendedThroughALink() throws {
    try withRun { folder, outside in
      let metrics = folder.file(RunFolder.metrics)
      try link(metrics, to: outside)
      #expect(
        refusal { try folder.record([Steps(done: 1)], by: "done") }?
          .hasPrefix("'\(metrics.path)' is a symbolic link") == true
      )
    }
  }

  @Test func metricsAreNotAppendedToAPipe() throws {
    try withRun { folder, _ in
      let metrics = folder.file(RunFolder.metrics)
      #expect(mkfifo(metrics.path, 0o600) == 0)
      #expect(
        refusal { try folder.record([Steps(done: 1)], by: "done") }?
          .hasPrefix("'\(metrics.path)' is a device or a pipe") == true
      )
    }
  }

  @Test(arguments: [
    "metrics.jsonl", "student.safetensors", "student.checkpoint.safetensors", "report.html",
    "below/student-1.safetensors",
  ])
  func aRunWithALinkIsNotWrittenTo(name: String) throws {
    try withRun { folder, outside in
      let place = folder.file(name)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try link(place, to: outside)
      let path = folder.url.path
      let said = [
        refusal { try RunFolder.resume("demo", at: path) },
        refusal {
          try RunFolder.resume("demo", under: folder.url.deletingLastPathComponent().path)
        },
        refusal {
          try runCertify(
            CertifyOptions(run: path),
            on: .cpu,
            Console(.quiet).work(Interruption())
          )
        },
      ]
      for said in said {
        #expect(
          said?.contains("/\(name)' is a symbolic link, and what is written there would go") == true
        )
      }
    }
  }

  @Test func aRunWithAPipeIsNotWaitedFor() throws {
    try withRun { folder, _ in
      folder.remove(RunFolder.recipe)
      #expect(mkfifo(folder.file(RunFolder.recipe).path, 0o600) == 0)
      #expect(
        refusal { try RunFolder.resume("demo", at: folder.url.path) }?
          .contains("/recipe.yaml' is a device or a pipe") == true
      )
      #expect(
        refusal { try folder.recipeText() }?.hasSuffix("it is a device or a pipe; name a file")
          == true
      )
    }
  }

  @Test func partsThatCannotHaveBeenMadeAreDamaged() throws {
    try withRun { folder, _ in
      let run = Run(folder: folder, seed: 1, device: .cpu, work: .silent)
      let made = try run.kept("part") { [3] }
      let kept = try run.kept("part", checking: { $0.count == 1 }) { [4] }
      #expect(made == [3] && kept == [3])
      let said = refusal { try run.kept("part", checking: { $0.count == 2 }) { [4, 5] } }
      #expect(said?.contains("part.json' is damaged: delete it") == true)
    }
  }

  @Test func networksOfAReplayGoIntoAFolderOfItsOwn() throws {
    try withRun { folder, outside in
      let networks = RunFolder(url: folder.file("replay"), command: "replay")
      try link(networks.url, to: outside.deletingLastPathComponent())
      let origin = NetworkOrigin(recipe: "", program: "", data: [], teacher: [], machine: [:])
      #expect(
        refusal { try origin.claim(networks, .silent) }?
          .hasPrefix("'\(networks.url.path)' is a symbolic link") == true
      )
    }
  }

  @Test func aStateThatCannotBeReadIsNotCalledDamaged() throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(for: "demo", at: scratch.path + "/a", recipe: "")
      folder.lock!.release()
      folder.remove(RunFolder.state)
      try FileManager.default.createDirectory(
        at: folder.file(RunFolder.state),
        withIntermediateDirectories: true
      )
      let reason =
        "cannot read '\(folder.file(RunFolder.state).path)': it is a folder; name a file"
      #expect(refusal { try RunFolder.resume("demo", at: folder.url.path) } == reason)
      // Nor is it passed over when the latest run is looked for.
      #expect(
        refusal { try RunFolder.resume("demo", under: scratch.path) }?.hasSuffix(reason) == true
      )
    }
  }

  @Test func recipesInOtherEncodingsAreCalledThat() throws {
    try withRun { folder, _ in
      try Data([0x63, 0xff, 0xfe]).write(to: folder.file(RunFolder.recipe))
      let file = folder.file(RunFolder.recipe)
      let reason = "cannot read '\(file.path)': it is not text in UTF-8"
      #expect(refusal { try folder.recipeText() } == reason)
      let command = try Program.parseAsRoot(["run", file.path, "--out", folder.url.path + "/new"])
      #expect(
        refusal { () throws in
          var command = command
          try command.run()
        } == reason
      )
    }
  }

  @Test func aPlaceForRunsThatCannotBeLookedIntoIsCalledThat() throws {
    try withScratchFolder { scratch in
      let runs = scratch.appendingPathComponent("runs")
      try link(runs, to: runs)
      let reason = "cannot look into '\(runs.path)': too many levels of symbolic links"
      #expect(refusal { try RunFolder.resume("demo", under: runs.path) } == reason)
      #expect(refusal { try RunFolder.create(for: "demo", at: runs.path, recipe: "") } == reason)
    }
  }

  @Test func longNames() throws {
    try withScratchFolder { scratch in
      let name = String(repeating: "é", count: 125)
      let folder = try RunFolder.create(for: "demo", at: scratch.path + "/" + name, recipe: "")
      try folder.write("text", to: name)
      folder.lock!.release()
      #expect(try RegularFile.text(folder.file(name)) == "text")
      #expect(try RunFolder.resume("demo", at: folder.url.path).url.path == folder.url.path)
      let longer = scratch.path + "/" + name + "éééééé"
      #expect(
        refusal { try RunFolder.create(for: "demo", at: longer, recipe: "") }
          == "cannot look into '\(longer)': file name too long"
      )
    }
  }

  @Test func onlyRegularFilesAreHashed() throws {
    try withScratchFolder { scratch in
      let pipe = scratch.appendingPathComponent("pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let endless = scratch.appendingPathComponent("endless")
      try link(endless, to: URL(fileURLWithPath: "/dev/zero"))
      for file in [pipe, endless] {
        #expect(
          refusal { try HashedFiles(file.path) }
            == "cannot read '\(file.path)': it is a device or a pipe; name a file"
        )
      }
    }
  }

  @Test func hashingStopsWhenAsked() throws {
    try withScratchFolder { scratch in
      let file = scratch.appendingPathComponent("data")
      try Data("abc".utf8).write(to: file)
      let interruption = Interruption(write: { _ in }, quit: {})
      #expect(throws: Never.self) {
        try interruption.accompanying { try SHA256.hash(of: file) }
      }
      interruption.arrive()
      #expect(throws: Stopped.self) {
        try interruption.accompanying { try SHA256.hash(of: file) }
      }
      #expect(throws: Never.self) { try SHA256.hash(of: file) }
    }
  }
}
