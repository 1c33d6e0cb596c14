import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Small images of three classes in IDX files, and two networks that know them.
struct CompressWorld {
  let folder: URL
  static let teacherModel = "mlp:16-12-3"

  var data: String { folder.appendingPathComponent("data").path }
  var teachers: String { folder.appendingPathComponent("teachers").path }

  /// - Parameter shuffledTest: Whether the labels of the test say nothing.
  init(in folder: URL, shuffledTest: Bool = false) throws {
    self.folder = folder
    for name in ["data", "teachers"] {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    try Self.write("train", 300, seed: 1, to: data)
    try Self.write("t10k", 120, seed: 2, shuffled: shuffledTest, to: data)
    let training = try LabelledSource(DataSource(data)).training
    let examples = Examples(training.inputs, labels: training.labels)
    for (index, name) in ["a", "b"].enumerated() {
      let seed = UInt64(index + 1)
      let network = MLP([16, 12, 3], using: RandomGenerator(seed: seed))
      try train(
        network,
        on: examples.batches(of: 20, epochs: 20, shuffled: seed),
        minimizing: .crossEntropy(),
        using: Adam(learningRate: 1e-2)
      )
      try network.save(to: URL(fileURLWithPath: "\(teachers)/\(name).safetensors"))
    }
  }

  /// Images of 4 by 4 in which one of three places is brighter.
  static func write(
    _ part: String,
    _ count: Int,
    seed: UInt64,
    shuffled: Bool = false,
    to folder: String,
    side: Int = 4
  ) throws {
    let generator = RandomGenerator(seed: seed)
    let labels = (0..<count).map { UInt8($0 % 3) }
    var pixels = Tensor.uniform([count, side, side], using: generator).scalars(Float.self)
    for (index, label) in labels.enumerated() {
      let place = index * side * side + Int(label) * (side + 1)
      pixels[place] = 1
      pixels[place + 1] = 0.9
    }
    let bytes = Tensor(pixels.map { UInt8($0 * 255) }, shape: [count, side, side])
    let written = shuffled ? labels.indices.map { labels[$0 / 3 % 3] } : labels
    let url = URL(fileURLWithPath: folder)
    try IDX.write(bytes, to: url.appendingPathComponent("\(part)-images-idx3-ubyte.gz"))
    try IDX.write(Tensor(written), to: url.appendingPathComponent("\(part)-labels-idx1-ubyte.gz"))
  }

  /// What a run is asked that takes no time.
  func options(out name: String = "run") -> CompressOptions {
    var options = CompressOptions()
    options.teacher = [teachers]
    options.teacherModel = Self.teacherModel
    options.data = DataSource(data)
    options.student = "mlp:16-4-3"
    options.budget = Budget(60, .steps)
    // So that tests can train the same network by hand.
    options.keep = .last
    options.out = folder.appendingPathComponent(name).path
    return options
  }

  /// Performs a run, and gives its folder and everything that it said.
  @discardableResult
  func run(
    _ options: CompressOptions,
    stoppingAt word: String? = nil
  ) throws -> (folder: RunFolder, said: Transcript) {
    try Self.performed(options, stoppingAt: word)
  }

  /// A run that is stopped at step 20, and then resumed to its end.
  func stoppedAndResumed(_ options: CompressOptions) throws -> RunFolder {
    #expect(throws: Stopped.self) {
      try run(options, stoppingAt: "\"done\":20,\"event\":\"progress\"")
    }
    var resumed = CompressOptions()
    resumed.resume = .folder(options.out!)
    return try run(resumed).folder
  }

  static func performed(
    _ options: CompressOptions,
    stoppingAt word: String? = nil
  ) throws -> (folder: RunFolder, said: Transcript) {
    let said = Transcript()
    let interruption = Interruption(write: { _ in }, quit: {})
    // Every look at the clock is a second later: progress is written at every step.
    let clock = FixedClock()
    let output = Output(isTerminal: false) { text in
      said.append(text)
      if let word, text.contains(word), !interruption.isRequested { interruption.arrive() }
    }
    let console = Console(.json, results: output, remarks: output) {
      clock.now += 1
      return clock.now
    }
    try runCompress(options, on: .cpu, console.work(interruption))
    let path = options.resume?.path ?? options.out!
    return (RunFolder(url: URL(fileURLWithPath: path), command: "compress"), said)
  }
}

/// Runs `body` in a world that is deleted afterwards.
func withCompressWorld<Result>(
  shuffledTest: Bool = false,
  _ body: (CompressWorld) throws -> Result
) throws -> Result {
  try withScratchFolder { try body(CompressWorld(in: $0, shuffledTest: shuffledTest)) }
}
