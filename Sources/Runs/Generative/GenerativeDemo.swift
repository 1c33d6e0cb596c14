import Distill
import Foundation

/// Trains an RBM on images of clothes, distils it, and estimates its log Z in three ways that know
/// nothing of one another.
package struct GenerativeDemo: Job {
  package static let name = "generative-demo"

  /// The folder with the files of Fashion-MNIST.
  package var data = ".data/fashion-mnist"
  /// Hidden units of the RBM; the NADE has twice as many.
  package var hidden = 100
  /// Passes over the images.
  package var epochs = 20
  /// Steps of distillation.
  package var steps = 10_000

  package init() {}

  package init(
    data: String = ".data/fashion-mnist",
    hidden: Int = 100,
    epochs: Int = 20,
    steps: Int = 10_000
  ) {
    self.data = data
    self.hidden = hidden
    self.epochs = epochs
    self.steps = steps
  }

  package func check() throws {
    try requireCount("hidden", hidden, atMost: 50_000)
    try rbmPlan.check()
    try distillation.check()
  }

  private var rbmPlan: RBMPlan { RBMPlan(hidden: hidden, epochs: epochs) }

  private var distillation: DistillationPlan {
    DistillationPlan(student: "nade:\(2 * hidden)", steps: steps, burnIn: 1_000)
  }

  package func dataFiles() throws -> [URL] {
    try ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"].map(file)
  }

  private func file(_ name: String) throws -> URL {
    let folder = URL(fileURLWithPath: data)
    let found = [name, name + ".gz"].map(folder.appendingPathComponent)
      .first { FileManager.default.fileExists(atPath: $0.path) }
    guard let found else {
      throw RunError(
        "there is no \(name) or \(name).gz in '\(folder.path)': run `make data`, or name the folder "
          + "with the files of Fashion-MNIST with --data"
      )
    }
    return found
  }

  package func perform(_ run: Run) throws {
    let images = try binaryImages(at: file("train-images-idx3-ubyte").path, usual: [])
    let test = try binaryImages(at: file("t10k-images-idx3-ubyte").path, usual: [])
    run.work.note(
      "an RBM 784-\(hidden) on binary Fashion-MNIST, distilled into a NADE 784-\(2 * hidden); the run is "
        + "in \(run.folder.url.path)"
    )
    let rbm = try run.trainRBM(
      rbmPlan,
      on: images,
      file: "rbm"
    ) { "nothing" }
    let plan = distillation
    let student = try run.distill(rbm, by: plan, named: "NADE 784-\(2 * hidden)", file: "student") {
      "the RBM"
    }
    let results = try PartitionRun(
      rbm: rbm,
      student: student,
      plan: PartitionPlan(
        methods: [.importance, .bridge, .ais],
        runs: 1_000,
        temperatures: "adaptive:5000"
      ),
      seed: run.seed &+ 50,
      work: run.work,
      checkStop: { try run.stopIfAsked("the RBM and its student") },
      images: images
    ).perform()
    let certificate = try GenerativeCertificate(
      student: student,
      teacher: rbm,
      files: (run.folder.file("student.safetensors"), run.folder.file("rbm.safetensors")),
      results: results,
      images: test
    )
    let page = GenerativePage(student, of: rbm, seed: run.seed).report(
      certificate,
      facts: [
        ("images", "\(grouped(images.shape[0])) of Fashion-MNIST, cut at one half"),
        ("passes of the RBM", "\(epochs)"), ("samples of the student", grouped(steps * plan.batch)),
        ("seed", "\(run.seed)"),
      ],
      images: test
    )
    try run.folder.write(prettyJson(certificate), to: RunFolder.certificate)
    try run.folder.write(page.html, to: RunFolder.report)
    let text = certificate.table.text() + "\n" + results.text + "\n" + lesson(results) + "\n"
    try run.folder.write(text, to: RunFolder.table)
    run.work.show(text, certificate)
    run.work.note("models, certificate and report are in \(run.folder.url.path)")
  }

  /// What the three estimates say together.
  private func lesson(_ results: PartitionResults) -> String {
    let best = results.best!
    let start = "log Z = \(fixed(best.logZ)) by \(best.method.words); "
    return start
      + (results.agree
        ? "importance sampling, bridge sampling and AIS agree."
        : "importance sampling, bridge sampling and AIS do NOT agree: do not trust them.")
  }
}
