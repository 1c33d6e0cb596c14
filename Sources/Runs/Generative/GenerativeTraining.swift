import Distill
import Foundation

/// Trains an RBM on binary images.
package struct GenerativeTraining: Job {
  package static let name = "generative-train"

  /// The images; see ``binaryImages(at:usual:width:)``.
  package var images = ".data/fashion-mnist/train-images-idx3-ubyte.gz"
  /// Train on the first N images only; 0 for all.
  package var limit = 0
  /// The smallest number of a pixel that is 1; nil for the usual one of the numbers' kind.
  package var threshold: Double?
  package var rbm = RBMPlan()

  package init() {}

  package init(
    images: String = ".data/fashion-mnist/train-images-idx3-ubyte.gz",
    limit: Int = 0,
    threshold: Double? = nil,
    rbm: RBMPlan = RBMPlan()
  ) {
    self.images = images
    self.limit = limit
    self.threshold = threshold
    self.rbm = rbm
  }

  /// The file's name without its endings.
  package static let machine = "rbm"

  package func check() throws { try check { $0 } }

  /// - Parameter name: What messages call an option.
  package func check(naming name: (String) -> String) throws {
    try requireCount(name("limit"), limit, atLeast: 0, atMost: mostSteps)
    if let threshold { try requireNumbers(name("threshold"), [threshold], .within(1e12)) }
    try rbm.check()
  }

  package func dataFiles() throws -> [URL] {
    let file = imageFile(images).file
    guard FileManager.default.fileExists(atPath: file) else {
      throw RunError(
        "there is no file '\(file)': name images, or fetch Fashion-MNIST with `make data`"
      )
    }
    return [URL(fileURLWithPath: file)]
  }

  package func perform(_ run: Run) throws {
    let all = try binaryImages(at: images, usual: ["train"], threshold: threshold)
    let chosen = limit > 0 ? all[0..<min(limit, all.shape[0])] : all
    run.work.note(
      "training an RBM \(chosen.shape[1])-\(rbm.hidden) on \(grouped(chosen.shape[0])) binary images"
    )
    let share = chosen.cast(to: .float64).mean().doubleValue
    let pixels = String(format: "%.3g%% of the pixels are 1", 100 * share)
    run.work.note(pixels)
    if share == 0 || share == 1 { run.work.warn("all pixels are alike: look at --threshold") }
    let machine = try run.trainRBM(rbm, on: chosen, file: Self.machine) { "nothing" }
    let shape = ImageShape(pixels: machine.inputs)
    var chains = Chains(50, inputs: machine.inputs, seed: run.seed &+ 4)
    machine.advance(&chains, steps: 1_000)
    var report = Report(title: "RBM \(machine.inputs)-\(machine.hidden)")
    report.add(
      .chart(Picture(title: "Samples", png: shape.sheet(chains.states, columns: 10).png))
    )
    let weights = machine.weights.transposed()[0..<min(50, machine.hidden)].contiguous
    report.add(
      .chart(
        Picture(
          title: "Weights, a hidden unit an image",
          png: shape.features(weights, columns: 10).png
        )
      )
    )
    report.add(
      .facts([
        ("images", "\(grouped(chosen.shape[0])) of \(images)"), ("pixels", pixels),
        ("passes", "\(rbm.epochs)"),
        ("seed", "\(run.seed)"),
      ])
    )
    try run.folder.write(report.html, to: RunFolder.report)
    let files = ["npz", "safetensors"].map { run.folder.file("\(Self.machine).\($0)").path }
    run.work.show(
      "the RBM is in \(files[0]) (NumPy) and \(files[1])",
      Answer(visible: machine.inputs, hidden: machine.hidden, files: files)
    )
  }

  private struct Answer: Codable {
    var event = "result"
    let visible: Int
    let hidden: Int
    let files: [String]
  }
}
