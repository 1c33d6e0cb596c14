import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The demo on a few small images.
@Suite struct DemoTests {
  /// A folder with images in files of Fashion-MNIST's names.
  private func withImages(_ body: (URL) throws -> Void) throws {
    try withScratchFolder { folder in
      try CompressWorld.write("train", 120, seed: 1, to: folder.path, side: 28)
      try CompressWorld.write("t10k", 90, seed: 2, to: folder.path, side: 28)
      try body(folder)
    }
  }

  private func demo(_ folder: URL, epochs: Int = 2) -> JobRecipe {
    JobRecipe(Demo(data: folder.path, members: 2, epochs: epochs))
  }

  @discardableResult
  private func run(
    _ recipe: JobRecipe,
    at place: URL,
    stoppingAt word: String? = nil,
    _ verbosity: Verbosity = .json
  ) throws -> (folder: RunFolder, said: Transcript) {
    let said = Transcript()
    let interruption = Interruption(write: { _ in }, quit: {})
    let clock = FixedClock()
    let output = Output(isTerminal: false) { text in
      said.append(text)
      if let word, text.contains(word), !interruption.isRequested { interruption.arrive() }
    }
    let console = Console(verbosity, results: output, remarks: output) {
      clock.now += 1
      return clock.now
    }
    do {
      try recipe.run(at: place, console.work(interruption))
    } catch is Stopped where word != nil {}
    return (RunFolder(url: place, command: "run"), said)
  }

  /// A student's log-probabilities of the test images, from its file.
  private func student(_ file: String, _ folder: RunFolder, _ data: URL) throws -> [[Double]] {
    let network = MLP(DemoPlan.studentWidths, using: RandomGenerator(seed: 0))
    try network.load(from: folder.file(file + ".safetensors"))
    let test = try LabelledImages.fashionMNIST(in: data, .test)
    return network(test.images).rowsOfScalars.map { row in
      let sum = row.reduce(0) { $0 + exp($1) }
      return row.map { $0 - log(sum) }
    }
  }

  @Test func fewLabelsComeFirst() throws {
    try withImages { data in
      let (folder, said) = try run(demo(data), at: data.appendingPathComponent("run"))
      struct Shown: Decodable {
        struct Score: Decodable {
          let name: String
          let accuracy: Estimate
          let accuracyGain: Estimate?
          let agreement: Estimate?
        }
        let part: String
        let scores: [Score]
        let lesson: String
      }
      let results = try said.lines.filter { $0.contains("\"event\":\"result\"") }
        .map { try JSONDecoder().decode(Shown.self, from: Data($0.utf8)) }
      #expect(results.map(\.part) == ["few labels", "all labels"])
      let names = [
        "labels alone", "soft targets", "soft targets, all images", "ensemble of 2",
      ]
      #expect(results[0].scores.map(\.name) == names)
      // The first part is shown before the second is begun.
      let first = try #require(said.lines.firstIndex { $0.contains("\"part\":\"few labels\"") })
      let member = try #require(said.lines.firstIndex { $0.contains("\"member 1 of 2\"") })
      #expect(first < member)
      // What is shown is so of the networks in the files.
      let labels = try LabelledImages.fashionMNIST(in: data, .test).labels.scalars(Int.self)
      func correctness(_ file: String) throws -> [Double] {
        try zip(student(file, folder, data), labels).map { row, label in
          row.indices.max { row[$0] < row[$1] } == label ? 1 : 0
        }
      }
      let (control, own) = try (
        correctness("few-labels-control"), correctness("few-labels-student")
      )
      let gains = zip(own, control).map { $0 - $1 }
      let mean = gains.reduce(0, +) / 90
      let squares = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let gain = try #require(results[0].scores[2].accuracyGain)
      #expect(abs(gain.mean - mean) < 1e-12)
      #expect(abs(gain.standardError - (squares / 89 / 90).squareRoot()) < 1e-12)
      #expect(results[0].lesson.hasPrefix("12 images have labels, 108 have none. "))
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.split(separator: "\n").allSatisfy { $0.count <= 80 })
      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      let places = ["Few labels, many images", "All labels", "How it was made"].map {
        page.range(of: "<h2>\($0)")?.lowerBound
      }
      #expect(places.compactMap { $0 }.count == 3 && places.compactMap { $0 }.isSorted)
    }
  }

  /// Labels that the first part says it has not, it does not use.
  @Test func otherLabelsAreNotUsed() throws {
    try withImages { data in
      let asked = demo(data, epochs: 1)
      let part = "\"part\":\"few labels\""
      let (folder, _) = try run(asked, at: data.appendingPathComponent("a"), stoppingAt: part)
      let url = data.appendingPathComponent("train-labels-idx1-ubyte.gz")
      let labels = try IDX.read(from: url).scalars(UInt8.self)
      let others = labels.enumerated().map { $0 < 12 ? $1 : 9 - $1 }
      try FileManager.default.removeItem(at: url)
      try IDX.write(Tensor(others), to: url)
      let (again, _) = try run(asked, at: data.appendingPathComponent("b"), stoppingAt: part)
      for student in FewLabelsStudent.allCases {
        let file = student.fileName + ".safetensors"
        #expect(try Data(contentsOf: folder.file(file)) == Data(contentsOf: again.file(file)))
      }
    }
  }

  /// A recipe that was edited belongs to another run.
  @Test func editedRecipesAreNotGoneOnWith() throws {
    try withImages { data in
      let (asked, place) = (demo(data), data.appendingPathComponent("run"))
      let (folder, _) = try run(asked, at: place, stoppingAt: "12 labels, member 2 of 2")
      let recipe = folder.file(RunFolder.recipe)
      let text = try String(contentsOf: recipe, encoding: .utf8)
      for (old, new, difference) in [
        ("epochs: 2\n", "epochs: 3\n", "epochs: 2 → 3"),
        ("members: 2\n", "members: 3\n", "members: 2 → 3"),
      ] {
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(to: recipe, atomically: true, encoding: .utf8)
        let sentence = refusal { try run(asked, at: place) }
        #expect(sentence?.contains(difference) == true, "\(sentence ?? "")")
      }
      // As it was, it goes on, and to the same bits as a run that nothing stopped.
      try text.write(to: recipe, atomically: true, encoding: .utf8)
      try run(asked, at: place)
      let whole = try run(asked, at: data.appendingPathComponent("whole")).folder
      for file in ["few-labels-student", "student-labels", "student"] {
        let (one, other) = (folder.file(file + ".safetensors"), whole.file(file + ".safetensors"))
        #expect(try Data(contentsOf: one) == Data(contentsOf: other), "\(file)")
      }
    }
  }
}

extension Array where Element: Comparable {
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
