import Foundation
import Testing

@testable import Exchange

/// Draws in files, well-formed and hostile.
@Suite struct DrawFileTests {
  /// A file of its own for each text.
  private func file(_ text: String) throws -> String {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("draws-\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    return url.path
  }

  private func all(_ file: DrawFile) throws -> [[Double]] {
    var draws: [[Double]] = []
    while let draw = try file.next() { draws.append(draw) }
    return draws
  }

  /// What CmdStan 2.3x writes, with a matrix in column-major order.
  private let stan = """
    # stan_version_major = 2
    # model = bernoulli_model
    # method = sample (Default)
    #   sample
    #     num_samples = 3
    #     num_warmup = 2
    #     save_warmup = 1
    #     thin = 1 (Default)
    lp__,accept_stat__,divergent__,energy__,alpha,beta.1.1,beta.2.1,beta.1.2,beta.2.2
    -9,1,1,9,0,0,0,0,0
    -8,1,0,9,0,0,0,0,0
    # Adaptation terminated
    # Step size = 0.9
    # Diagonal elements of inverse mass matrix:
    # 1.1, 0.9
    -7,1,0,9,0.5,11,21,12,22
    -6,0.9,1,9,1.5e-3,-11,-21,-12,-22

    -5,0.8,0,9,2,1,2,3,4
    #
    #  Elapsed Time: 0.1 seconds (Warm-up)

    """

  @Test func readsCmdStan() throws {
    let path = try file(stan)
    let table = try DrawFile(path)
    #expect(table.columns.variables.map(\.name) == ["alpha", "beta"])
    #expect(try table.columns.variable("beta").shape == [2, 2])
    let draws = try all(table)
    // Row-major: beta[1,1], beta[1,2], beta[2,1], beta[2,2].
    #expect(
      draws == [[0.5, 11, 12, 21, 22], [1.5e-3, -11, -12, -21, -22], [2, 1, 3, 2, 4]]
    )
    #expect(table.divergences == 1)
    #expect(try all(DrawFile(path, variables: ["alpha"])) == [[0.5], [1.5e-3], [2]])
    #expect(try all(DrawFile(path, variables: ["alpha"], divergences: .drop)) == [[0.5], [2]])
  }

  @Test func chainsComeInTurn() throws {
    let first = try file("x[0],x[1]\n1,2\n3,4\n")
    let second = try file("\u{FEFF}\"x[0]\",\"x[1]\"\r\n5,6\r\n7,8\r\n9,10")
    let both = try DrawFile([first, second])
    #expect(try all(both).map { $0[0] } == [1, 5, 3, 7, 9])
    try both.restart()
    #expect(try both.next() == [1, 2])
  }

  @Test func namesWithCommasInBrackets() throws {
    let draws = try all(DrawFile(try file("b[1,1],b[1,2],b[2,1],b[2,2]\n1,2,3,4\n")))
    #expect(draws == [[1, 2, 3, 4]])
  }

  /// What is wrong, and what the one sentence must name.
  @Test(arguments: [
    ("a,b\n1,2\n1,2,3\n", "line 3 has 3 values where the header has 2 columns"),
    ("a,b\n1\n", "line 2 has 1 values where the header has 2 columns"),
    ("a,b\n1,2\n3,oops\n", "line 3: 'oops' is not a number for b"),
    ("a,b\n1,\n", "line 2: '' is not a number for b"),
    ("a,b\n1,2x\n", "line 2: '2x' is not a number for b"),
    ("a,b\n1,nan\n", "line 2 (draw 1) has nan for b"),
    ("a,b\n1,2\n-inf,1\n", "line 3 (draw 2) has -inf for a"),
    ("", "has no header"),
    ("# only comments\n", "has no header"),
    ("1,2\n3,4\n", "has numbers where the column names must be"),
    ("a,a\n1,2\n", "a is twice"),
    ("lp__,lp__\n1,2\n", "lp__ is twice"),
    ("lp__\n1\n", "no variables besides the sampler's own"),
    ("a,,b\n1,2,3\n", "column 2"),
    ("b.1,b.3\n1,2\n", "has gaps"),
    ("b.1,b.1000000000\n1,2\n", "has gaps"),
    ("b.1,b.9223372036854775807\n1,2\n", "have indices that no array has"),
    ("b.-9223372036854775808,b.9223372036854775807\n1,2\n", "have indices that no array has"),
    ("b.1,b.1.2\n1,2\n", "different numbers of indices"),
    ("# num_samples = 3\na\n1\n2\n", "has 2 draws where its comments promise 3"),
    ("# num_samples = 1\na\n1\n2\n", "has 2 draws where its comments promise 1"),
  ])
  func complainsInOneSentence(_ text: String, _ words: String) throws {
    let path = try file(text)
    let error = #expect(throws: DrawError.self) { _ = try all(try DrawFile(path)) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "nothing")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func complainsAboutDivergentDrawsWhenAsked() throws {
    let table = try DrawFile(try file(stan), divergences: .refuse)
    #expect(try table.next() != nil)
    let error = #expect(throws: DrawError.self) { try table.next() }
    #expect(error?.description.contains("line 17 (draw 2) is a divergent draw") == true)
  }

  @Test func complainsAboutOtherColumnsAndMissingFiles() throws {
    let (a, b) = (try file("a\n1\n"), try file("b\n1\n"))
    #expect(throws: DrawError.self) { try DrawFile([a, b]) }
    #expect(throws: RunError.self) { try DrawFile("/nowhere/draws.csv") }
    #expect(throws: RunError.self) { try DrawFile("/") }
    let error = #expect(throws: DrawError.self) { try DrawFile(a, variables: ["gamma"]) }
    #expect(error?.description.contains("there are: a") == true)
  }

  @Test func unfinishedFilesMayBeRead() throws {
    let path = try file("# num_samples = 3\na\n1\n2\n")
    #expect(try all(DrawFile(path, mayBeIncomplete: true)) == [[1], [2]])
  }

  /// Bytes that are no text at all are refused, not trusted.
  @Test func survivesNoise() throws {
    var state: UInt64 = 88_172_645_463_325_252
    for _ in 0..<200 {
      var bytes = Array(stan.utf8)
      for _ in 0..<5 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        bytes[Int(state % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: state >> 32)
      }
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("noise-\(UUID().uuidString).csv")
      try Data(bytes).write(to: url)
      defer { try? FileManager.default.removeItem(at: url) }
      do {
        let draws = try all(DrawFile(url.path))
        #expect(draws.allSatisfy { $0.allSatisfy(\.isFinite) })
      } catch let error as DrawError {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
