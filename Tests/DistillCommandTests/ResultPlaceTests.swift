import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Results never replace what they are made from.
@Suite struct ResultPlaceTests {
  @Test func everyNameOfASourceIsKnown() throws {
    try withScratchFolder { folder in
      func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
      let source = try written("x\n1\n", "data.npz", in: folder)
      #expect(symlink(source, path("link")) == 0)
      #expect(Foundation.link(source, path("hard")) == 0)
      for place in [source, path("link"), path("hard")] {
        for given in [source, source + ":test", path("link")] {
          #expect(
            refusal { try requireResultPlace(place, from: [nil, given]) }
              == "--out '\(place)' would replace '\(given)', which is read: name another file"
          )
        }
      }
      let other = try written("x\n1\n", "other.npz", in: folder)
      for place in [path("new"), other, "/dev/null"] {
        try requireResultPlace(place, from: [source, nil])
      }
    }
  }

  @Test func whatARunNeedsIsKept() throws {
    try withScratchFolder { folder in
      for name in [RunFolder.recipe, RunFolder.state, "student.c"] {
        _ = try written("x", name, in: folder)
      }
      for name in [RunFolder.recipe, RunFolder.state] {
        let place = folder.appendingPathComponent(name).path
        #expect(
          refusal { try requireResultPlace(place, from: []) }?.contains("needs: name another")
            == true
        )
      }
      // What was written there by another --out is written again.
      try requireResultPlace(folder.appendingPathComponent("student.c").path, from: [])
    }
  }

  @Test(arguments: [
    ["predict", "student.json", "--data", "FILE", "--out", "FILE"],
    ["predict", "FILE", "--out", "FILE"],
    ["generative", "sample", "FILE", "--out", "FILE"],
    ["generative", "evaluate", "FILE", "--test", "bits.npz", "--teacher", "x", "--out", "FILE"],
    ["generative", "evaluate", "x", "--test", "FILE:test", "--teacher", "x", "--out", "FILE"],
  ])
  func commandsLookBeforeTheyWork(words: [String]) throws {
    try withScratchFolder { folder in
      let file = try written("all that there is", "file.npz", in: folder)
      var command = try Program.parsed(words.map { $0.replacing("FILE", with: file) })
      #expect(refusal { try command.run() }?.contains("which is read: name another file") == true)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "all that there is")
    }
  }
}
