import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct RunFolderTests {
  struct Steps: Codable, Equatable { var done: Int }

  private static let usual: Set = [RunLock.name, RunFolder.recipe, RunFolder.state]

  private func begun(_ path: String, _ command: String = "demo") throws -> RunFolder {
    try RunFolder.create(for: command, at: path, recipe: "seed: 1\n")
  }

  private func names(_ url: URL) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: url.path))
  }

  @Test func nameSaysCommandAndDate() throws {
    try withScratchFolder { scratch in
      let date = Date(timeIntervalSince1970: 1_800_000_000)
      let folder = try RunFolder.create(
        for: "demo",
        under: scratch.path,
        now: date,
        recipe: "seed: 1\n"
      )
      #expect(folder.url.lastPathComponent.wholeMatch(of: /demo-2027-01-15-[a-z0-9]{6}/) != nil)
      #expect(folder.contains(RunFolder.state))
      let second = try RunFolder.create(
        for: "demo",
        under: scratch.path,
        now: date,
        recipe: "seed: 1\n"
      )
      #expect(second.url != folder.url)
    }
  }

  @Test func filesAreReplacedAsAWhole() throws {
    try withScratchFolder { scratch in
      let folder = try begun(scratch.path)
      try folder.write("first", to: RunFolder.table)
      try folder.write("second", to: RunFolder.table)
      #expect(try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8) == "second")
      #expect(try names(scratch) == Self.usual.union([RunFolder.table]))
    }
  }

  @Test func whatCannotBeWrittenLeavesWhatWasThere() throws {
    try withScratchFolder { scratch in
      let folder = try begun(scratch.path)
      // A folder stands where the file should go.
      let place = folder.file("taken")
      try FileManager.default.createDirectory(
        at: place.appendingPathComponent("inside"),
        withIntermediateDirectories: true
      )
      let message = refusal { try folder.write("text", to: "taken") }
      #expect(message?.hasPrefix("cannot write '\(place.path)': ") == true)
      #expect(try names(scratch) == Self.usual.union(["taken"]))
    }
  }

  private struct Line: Encodable {
    let network: String
    let steps: Int
  }

  /// What is measured again after a stop stands in the metrics once, and nothing else is lost.
  @Test func metricsOfAnotherAttemptAreReplaced() throws {
    try withScratchFolder { scratch in
      let folder = try begun(scratch.path)
      let file = folder.file(RunFolder.metrics)
      func lines() throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
      }
      try folder.record([Line(network: "student", steps: 1)], by: "network")
      try folder.record([Steps(done: 3)], by: "done")
      try folder.record([Line(network: "control", steps: 2)], by: "network")
      // A crash of an earlier version in the middle of a line.
      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"done":"#.utf8))
      try handle.close()
      let again = [Line(network: "student", steps: 7), Line(network: "student", steps: 9)]
      try folder.record(again, by: "network")
      #expect(
        try lines() == [
          #"{"done":3}"#, #"{"network":"control","steps":2}"#, #"{"network":"student","steps":7}"#,
          #"{"network":"student","steps":9}"#,
        ]
      )
    }
  }

  /// Whatever a run left that was stopped as it began, the same command works.
  @Test(arguments: 0...7)
  func aBeginningThatWasStoppedIsBegunAgain(step: Int) throws {
    try withScratchFolder { scratch in
      let names = [
        RunLock.name, ".recipe.yaml.0123456789abc.tmp", RunFolder.recipe,
        ".teacher-answers.npy.0123456789abc.tmp", RunFolder.answers,
        ".state.json.0123456789abc.tmp",
        RunLock.name,
      ]
      for name in names.prefix(step) {
        let text = name == RunLock.name ? "123\n" : "half"
        try Data(text.utf8).write(to: scratch.appendingPathComponent(name))
      }
      do {
        let folder = try begun(scratch.path)
        #expect(
          try String(contentsOf: folder.file(RunFolder.recipe), encoding: .utf8) == "seed: 1\n"
        )
        #expect(try self.names(scratch) == Self.usual)
      }
      // The lock goes with the work.
      #expect(try self.names(scratch) == Self.usual.subtracting([RunLock.name]))
    }
  }

  /// A recipe that a user put there is not overwritten.
  @Test func aRecipeAloneIsTheUsers() throws {
    try withScratchFolder { scratch in
      let recipe = scratch.appendingPathComponent(RunFolder.recipe)
      try Data("mine".utf8).write(to: recipe)
      #expect(refusal { try begun(scratch.path) }?.contains("is not empty") == true)
      #expect(try names(scratch) == [RunFolder.recipe])
    }
  }

  @Test func oneProcessAtATimeWorksInAFolder() throws {
    try withScratchFolder { scratch in
      let folder = try begun(scratch.path)
      let sentence =
        "'\(scratch.path)' is in use: process \(getpid()) works in it; wait until it ends, or stop it"
      #expect(refusal { try RunFolder.resume("demo", at: scratch.path) } == sentence)
      #expect(refusal { try RunLock(scratch) } == sentence)
      folder.lock!.release()
      let again = try RunFolder.resume("demo", at: scratch.path)
      try again.finish()
      again.lock!.release()
      // A finished run is looked at only.
      #expect(try RunFolder.resume("demo", at: scratch.path).lock == nil)
    }
  }

  /// Files of the lock's name that others put there: nothing in them is lost.
  @Test func aLockOfAnotherProgramStays() throws {
    try withScratchFolder { scratch in
      let lock = scratch.appendingPathComponent(RunLock.name)
      try Data("my own notes".utf8).write(to: lock)
      #expect(refusal { try RunLock(scratch) }?.contains("is another program's") == true)
      #expect(try String(contentsOf: lock, encoding: .utf8) == "my own notes")
      // A second name of a file that is somebody's.
      let other = scratch.appendingPathComponent("number")
      try Data("7\n".utf8).write(to: other)
      try FileManager.default.removeItem(at: lock)
      #expect(Foundation.link(other.path, lock.path) == 0)
      #expect(refusal { try RunLock(scratch) }?.contains("is another program's") == true)
      #expect(try String(contentsOf: other, encoding: .utf8) == "7\n")
    }
  }

  /// What a process left that was killed as it ended goes when the run is looked at.
  @Test func theLockOfAFinishedRunGoes() throws {
    try withScratchFolder { scratch in
      let folder = try begun(scratch.path)
      try folder.finish()
      folder.lock!.release()
      try Data("123\n".utf8).write(to: scratch.appendingPathComponent(RunLock.name))
      _ = try RunFolder.resume("demo", at: scratch.path)
      #expect(try names(scratch) == Self.usual.subtracting([RunLock.name]))
    }
  }

  /// A run that cannot be begun leaves no folder behind.
  @Test func whatCannotBeBegunIsNotThere() throws {
    try withScratchFolder { scratch in
      let place = scratch.appendingPathComponent("run")
      try FileManager.default.createDirectory(
        at: place.appendingPathComponent("recipe.yaml"),
        withIntermediateDirectories: true
      )
      try Data().write(to: place.appendingPathComponent(RunLock.name))
      #expect(refusal { try begun(place.path) }?.hasPrefix("cannot write '") == true)
    }
  }

  @Test func foreignFoldersAreRefused() throws {
    try withScratchFolder { scratch in
      let letter = scratch.appendingPathComponent("letter.txt")
      try Data("mine".utf8).write(to: letter)
      #expect(
        refusal { try begun(scratch.path) }
          == "'\(scratch.path)' is not empty: name a folder that is empty or does not exist yet"
      )
      #expect(
        refusal { try begun(letter.path) }
          == "'\(letter.path)' is a file, not a folder: name a folder for the run"
      )
      #expect(
        refusal { try begun(letter.path + "/below") }
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
      _ = try begun(scratch.path)
      #expect(
        refusal { try begun(scratch.path) }?
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
      let folder = try begun(scratch.path)
      try folder.save(progress: Steps(done: 7))
      folder.lock!.release()
      let again = try RunFolder.resume("demo", at: scratch.path)
      #expect(try again.loadProgress(Steps.self) == Steps(done: 7))
      #expect(try !again.isFinished())
      try again.save(progress: Steps(done: 9), isFinished: true)
      #expect(try folder.isFinished())
      again.lock!.release()
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
        try begun(scratch.appendingPathComponent(name).path, name == "other" ? "train" : "demo")
      }
      try folders[2].save(progress: Steps(done: 1), isFinished: true)
      for folder in folders { folder.lock!.release() }
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

  /// A new run that fails with nothing done leaves nothing behind; one that is resumed is not
  /// deleted for an error of today.
  @Test func aRunThatIsGoneOnWithIsKept() throws {
    try withScratchFolder { scratch in
      let path = scratch.appendingPathComponent("run").path
      func fails(in folder: RunFolder) {
        #expect(throws: RunError.self) {
          try folder.keptIfAnythingIsDone { throw RunError("the disk is not there") }
        }
      }
      do {
        let folder = try begun(path)
        fails(in: folder)
        #expect(!FileManager.default.fileExists(atPath: path))
      }
      do { _ = try begun(path) }
      fails(in: try RunFolder.resume("demo", at: path))
      #expect(
        try names(URL(fileURLWithPath: path)).isSuperset(of: [RunFolder.recipe, RunFolder.state])
      )
    }
  }
}
