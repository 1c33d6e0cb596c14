import Foundation
import Tensors
import Testing

@testable import Exchange

/// Draws in archives, JSON, packed files and pipes.
@Suite struct DrawFormatTests {
  private func place(_ ending: String) -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("draws-\(UUID().uuidString).\(ending)")
  }

  private func all(_ file: DrawFile) throws -> [[Double]] {
    var draws: [[Double]] = []
    while let draw = try file.next() { draws.append(draw) }
    return draws
  }

  @Test func archivesWithAndWithoutChains() throws {
    let url = place("npz")
    // beta[chain, draw, 2] = 100 chain + 10 draw + element.
    let beta: [Double] = [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]
    try NumPy.writeArchive(
      [
        "beta": Tensor(beta, shape: [2, 3, 2]),
        "diverging": Tensor([0, 0, 1, 0, 0, 0] as [Int], shape: [2, 3]),
      ],
      to: url
    )
    let file = try DrawFile(url.path, divergences: .drop)
    #expect(file.chainCount == 2 && file.promisedCount == 6)
    #expect(try file.columns.variable("beta").shape == [2])
    #expect(
      try all(file) == [[0, 1], [100, 101], [10, 11], [110, 111], [120, 121]]
    )
    #expect(file.divergences == 1)
    try file.restart()
    #expect(try file.next() == [0, 1])

    try NumPy.writeArchive(
      ["alpha": Tensor([1.0, 2, 3]), "beta": Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2])],
      to: url
    )
    #expect(
      try all(DrawFile(url.path, variables: ["beta", "alpha"])) == [
        [1, 2, 1], [3, 4, 2], [5, 6, 3],
      ]
    )
  }

  /// What `arviz.InferenceData.to_json` writes.
  @Test func jsonOfArviZ() throws {
    let url = place("json")
    let text = """
      {"posterior": {"mu": [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]],
        "w": [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]},
       "sample_stats": {"diverging": [[false, true, false], [false, false, false]], "lp": [[1]]},
       "dims": {"w": ["column"]}, "coords": {"column": ["a", "b"]}}
      """
    try Data(text.utf8).write(to: url)
    let draws = try all(DrawFile(url.path, variables: ["w", "mu"], divergences: .drop))
    #expect(
      draws == [[1, 2, 0.5], [7, 8, 3.5], [5, 6, 2.5], [9, 10, 4.5], [11, 12, 5.5]]
    )
    let means = try DrawFile(url.path, variables: ["mu"])
    #expect(means.chainCount == 2)
    #expect(try all(means).flatMap { $0 } == [0.5, 3.5, 1.5, 4.5, 2.5, 5.5])
  }

  @Test func numbersOfJSONAreReadToTheBit() throws {
    let url = place("json")
    let numbers = [0.1 + 0.2, 1.0 / 3, -4.171609951178773, 1e23, 2.5e-310, 9_007_199_254_740_993]
    try JSONEncoder().encode(["mu": numbers]).write(to: url)
    #expect(try all(DrawFile(url.path, variables: ["mu"])).flatMap { $0 } == numbers)
  }

  @Test(arguments: [
    (#"{"a": [1, 2], "b": [1, 2, 3]}"#, "b has 3 draws where a has 2"),
    (#"{"a": [[1, 2], [3]]}"#, "rows of one length"),
    (#"{"a": [1, "x"]}"#, "not a number"),
    (#"{"a": 3}"#, "a is a single number"),
    (#"{"a": []}"#, "holds no draws"),
    (#"{"a": [1, 2"#, "is not JSON"),
    ("{}", "holds no draws"),
    ("\u{89}HDF", "a,b"),
  ])
  func hostileJSON(_ text: String, _ words: String) throws {
    let url = place("json")
    try Data(text.utf8).write(to: url)
    if text.hasPrefix("\u{89}") {
      try Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A]).write(to: url)
      let error = #expect(throws: DrawError.self) { try DrawFile(url.path) }
      #expect(error?.description.contains("numpy.savez('draws.npz'") == true)
      return
    }
    let error = #expect(throws: DrawError.self) { try DrawFile(url.path) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "nothing")")
  }

  @Test func arraysWithoutNamesAreRefused() throws {
    let url = place("npy")
    try NumPy.write(Tensor([1.0, 2]), to: url)
    let error = #expect(throws: DrawError.self) { try DrawFile(url.path) }
    #expect(error?.description.contains("numpy.savez") == true)
  }

  /// Rows in thousands, from a pipe that takes 64 KiB at a time, from a file, and packed.
  @Test func pipesLargerThanABuffer() throws {
    let rows = 20_000
    let text =
      "x.1,x.2,x.3\n"
      + (0..<rows).map { "\($0),\(Double($0) / 7),-\($0)e-3\n" }.joined()
    #expect(text.utf8.count > 9 * 65_536)
    let (plain, fifo) = (place("csv"), place("fifo"))
    try Data(text.utf8).write(to: plain)
    #expect(mkfifo(fifo.path, 0o600) == 0)
    let expected = try all(DrawFile(plain.path))
    #expect(expected.count == rows && expected[rows - 1][0] == Double(rows - 1))
    // Odd pieces, so that lines are cut anywhere.
    let writer = Thread {
      guard let handle = FileHandle(forWritingAtPath: fifo.path) else { return }
      let data = Data(text.utf8)
      for start in stride(from: 0, to: data.count, by: 9_973) {
        try? handle.write(contentsOf: data[start..<min(start + 9_973, data.count)])
      }
      try? handle.close()
    }
    writer.start()
    #expect(try all(DrawFile(fifo.path)) == expected)

    let packed = place("csv.gz")
    try CSV.write(Tensor(expected), columns: ["x.1", "x.2", "x.3"], to: packed)
    #expect(try all(DrawFile(packed.path)) == expected)
    // A packed file that was cut off is noticed.
    let whole = try Data(contentsOf: packed)
    try whole.prefix(whole.count / 2).write(to: packed)
    #expect(throws: RunError.self) { try all(DrawFile(packed.path)) }
  }

  /// A line longer than the first buffer.
  @Test func longLines() throws {
    let url = place("csv")
    let count = 30_000
    let header = (1...count).map { "v.\($0)" }.joined(separator: ",")
    let row = (1...count).map { "\($0).25" }.joined(separator: ",")
    try Data("\(header)\n\(row)\n\(row)".utf8).write(to: url)
    let draws = try all(DrawFile(url.path))
    #expect(draws.count == 2 && draws[1][count - 1] == Double(count) + 0.25)
  }

  @Test func similarNamesAreSuggested() throws {
    let url = place("csv")
    try Data("alpha,beta.1,beta.2,sigma\n1,2,3,4\n".utf8).write(to: url)
    let error = #expect(throws: DrawError.self) {
      try DrawFile(url.path, variables: ["bata"])
    }
    #expect(error?.description.contains("did you mean beta?") == true)
    #expect(NearNames.hint(for: "sigm", among: ["mu", "sigma"]).contains("did you mean sigma?"))
    #expect(NearNames.hint(for: "Age", among: ["x", "age"]).contains("did you mean age?"))
    #expect(!NearNames.hint(for: "weight", among: ["x", "y"]).contains("did you mean"))
  }

  /// Names that nobody writes take no longer than others of their length.
  @Test(.timeLimit(.minutes(1))) func longNamesAreReadInTime() throws {
    let cut = try TableHeader("a[" + String(repeating: "1,", count: 200_000) + "1],b", of: "draws")
    #expect(cut.names.count == 2)
    let long = String(repeating: "x", count: 100_000)
    let hint = NearNames.hint(for: long, among: Array(repeating: long + "y", count: 1_000))
    #expect(hint.count < 2_000)
  }
}
