import Foundation
import Testing

@testable import DistillCommand

@Suite struct RunFolderTests {
  struct Steps: Codable, Equatable { var done: Int }

  @Test func nameSaysCommandAndDate() throws {
    try withScratchFolder { scratch in
      let date = Date(timeIntervalSince1970: 1_800_000_000)
      let folder = try RunFolder.create(for: "demo", under: scratch.path, now: date)
      #expect(folder.url.lastPathComponent.wholeMatch(of: /demo-2027-01-15-[a-z0-9]{6}/) != nil)
      #expect(folder.contains(RunFolder.state))
      let second = try RunFolder.create(for: "demo", under: scratch.path, now: date)
      #expect(second.url != folder.url)
    }
  }

  @Test func filesAreReplacedAsAWhole() throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(for: "demo", at: scratch.path)
      try folder.write("first", to: RunFolder.table)
      try folder.write("second", to: RunFolder.table)
      #expect(try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8) == "second")
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
      #expect(Set(names) == [RunFolder.table, RunFolder.state])
    }
  }

  @Test func whatCannotBeWrittenLeavesWhatWasThere() throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(for: "demo", at: scratch.path)
      // A folder stands where the file should go.
      let place = folder.file("taken")
      try FileManager.default.createDirectory(
        at: place.appendingPathComponent("inside"),
        withIntermediateDirectories: true
      )
      let message = refusal { try folder.write("text", to: "taken") }
      #expect(message?.hasPrefix("cannot write '\(place.path)': ") == true)
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
      #expect(Set(names) == ["taken", RunFolder.state])
    }
  }

  @Test func metricsGrowByWholeLines() throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(for: "demo", at: scratch.path)
      try folder.append(Steps(done: 1))
      try folder.append(Steps(done: 2))
      let file = folder.file(RunFolder.metrics)
      // A crash in the middle of a line.
      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"done":"#.utf8))
      try handle.close()
      try folder.append(Steps(done: 3))
      #expect(
        try String(contentsOf: file, encoding: .utf8)
          == "{\"done\":1}\n{\"done\":2}\n{\"done\":3}\n"
      )
    }
  }

  @Test func foreignFoldersAreRefused() throws {
    try withScratchFolder { scratch in
      let letter = scratch.appendingPathComponent("letter.txt")
      try Data("mine".utf8).write(to: letter)
      #expect(
        refusal { try RunFolder.create(for: "demo", at: scratch.path) }
          == "'\(scratch.path)' is not empty: name a folder that is empty or does not exist yet"
      )
      #expect(
        refusal { try RunFolder.create(for: "demo", at: letter.path) }
          == "'\(letter.path)' is a file, not a folder: name a folder for the run"
      )
      #expect(
        refusal { try RunFolder.create(for: "demo", at: letter.path + "/below") }
          == "cannot make the folder '\(letter.path)/below' (not a directory): name one in a folder "
          + "where you may write"
      )
      #expect(
        refusal { try RunFolder.resume("demo", at: scratch.path) }?
          .contains("there is no run in") == true
      )
    }
  }

  @Test func aRunIsNotOverwritten() throws {
    try withScratchFolder { scratch in
      _ = try RunFolder.create(for: "demo", at: scratch.path)
      #expect(
        refusal { try RunFolder.create(for: "demo", at: scratch.path) }?
          .contains("holds a run already: add --resume") == true
      )
      #expect(
        refusal { try RunFolder.resume("train", at: scratch.path) }
          == "'\(scratch.path)' holds a run of distill demo, not of distill train"
      )
    }
  }

  @Test func resumingFindsTheState() throws {
    try withScratchFolder { scratch in
      let folder = try RunFolder.create(for: "demo", at: scratch.path)
      #expect(try folder.loadProgress(Steps.self) == nil)
      try folder.save(progress: Steps(done: 7))
      let again = try RunFolder.resume("demo", at: scratch.path)
      #expect(try again.loadProgress(Steps.self) == Steps(done: 7))
      #expect(try !again.isFinished())
      try again.save(progress: Steps(done: 9), isFinished: true)
      #expect(try folder.isFinished())
      try again.write("{", to: RunFolder.state)
      #expect(
        refusal { try RunFolder.resume("demo", at: scratch.path) }?.contains("is damaged") == true
      )
    }
  }

  @Test func theLatestUnfinishedRunIsResumed() throws {
    try withScratchFolder { scratch in
      #expect(
        refusal { try RunFolder.resume("demo", under: scratch.path) }?
          .contains("there is no unfinished run of distill demo") == true
      )
      let folders = try ["old", "newer", "finished", "other"].map { name in
        try RunFolder.create(
          for: name == "other" ? "train" : "demo",
          at: scratch.appendingPathComponent(name).path
        )
      }
      try folders[2].save(progress: Steps(done: 1), isFinished: true)
      for (age, folder) in zip([40.0, 30, 20, 10], folders) {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -age)],
          ofItemAtPath: folder.file(RunFolder.state).path
        )
      }
      let resumed = try RunFolder.resume("demo", under: scratch.path)
      #expect(resumed.url.lastPathComponent == "newer")
    }
  }
}
