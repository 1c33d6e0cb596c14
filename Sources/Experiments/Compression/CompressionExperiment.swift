import Distill
import Foundation
import Runs

/// The compression chapter of the thesis (Papamakarios 2015, section 2.3) on Fashion-MNIST: an
/// ensemble trained on the first N images is distilled into one small network, for several N, kinds
/// of inputs and losses, with a student trained on the labels beside it.
package struct CompressionExperiment: Job {
  package static let name = "compression"

  /// The folder with the files of Fashion-MNIST.
  package var data = ".data/fashion-mnist"
  /// Numbers of training images; each has an ensemble of its own.
  package var images = [600, 2_000, 6_000, 60_000]
  /// Only these classes; empty for all. Two classes make students and teachers with one logit.
  package var classes: [Int] = []
  /// Students of each kind, each with its own first weights and order of batches.
  package var seeds = 5
  package var members = 30
  package var memberHidden = [500, 300]
  package var studentHidden = [50, 30]
  /// `adam` (learning rate 1e-3, falling linearly) or `adadelta` (as published, constant).
  package var optimizer = Named<OptimizerFormula>.adam
  /// Passes of members and students over the images, one for each number of images.
  package var memberPasses = [25, 20, 16, 10]
  package var memberBatch = 100
  package var studentPasses = [150, 60, 30, 20]
  package var studentBatch = 20
  /// What the students see of the teacher's behaviour; that on labels always sees images.
  package var inputs: [Kind] = [.images]
  package var losses: [CompressionLoss] = [.labels, .soft, .derivatives, .both]
  /// What multiplies derivative losses beside soft targets; empty for min(0.1, 180 / N), which was
  /// chosen on a validation split.
  package var derivativeWeights: [Double] = []
  /// Standard deviations of the noise of `soft + noise`, in units of the inputs (0 to 1); empty for
  /// the square root of min(0.1, 180 / N), in two digits: σ² stands where the weight of derivatives
  /// does, and the two are the same where all classes are equally probable.
  package var noiseScales: [Double] = []
  /// Random projections in place of all outputs, for derivative losses; 0 is all outputs.
  package var projections = [0]
  /// Factors of the students' passes.
  package var budgets = [1.0]

  package init() {}

  /// Where the students' inputs come from.
  package enum Kind: String, Codable, Equatable {
    /// The training images.
    case images
    /// As many grey images: conditional probabilities of a NADE trained on the images.
    case generated
    /// As many images of standard normal noise.
    case noise
  }

  package func dataFiles() throws -> [URL] {
    try fashionMNISTFiles(in: URL(fileURLWithPath: data))
  }

  /// - Throws: `RunError` for options that do not fit together.
  package func check() throws {
    for (name, passes) in [("memberPasses", memberPasses), ("studentPasses", studentPasses)] {
      guard passes.count == images.count, passes.allSatisfy({ $0 > 0 }) else {
        throw RunError(
          "\(name) needs a positive number for each of the \(images.count) numbers of images"
        )
      }
    }
    let counts =
      [seeds, members, memberBatch, studentBatch] + images + memberHidden + studentHidden
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw RunError(
        "seeds, members, memberBatch, studentBatch, images, memberHidden and studentHidden must be "
          + "positive"
      )
    }
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCount("members", members, atMost: 1_000)
    try requireCounts("images", images, atMost: mostSteps)
    try requireCounts("memberBatch and studentBatch", [memberBatch, studentBatch])
    try requireCounts("memberPasses and studentPasses", memberPasses + studentPasses)
    try requireCounts(
      "memberHidden and studentHidden",
      memberHidden + studentHidden,
      atMost: 65_535
    )
    try requireCounts("projections", projections, atLeast: 0, atMost: 10_000)
    try requireNumbers("derivativeWeights", derivativeWeights, .notNegative(atMost: 1e9))
    try requireNumbers("noiseScales", noiseScales, .positive(atMost: 1e6))
    guard ![images.count, losses.count, inputs.count, budgets.count, projections.count].contains(0)
    else {
      throw RunError("images, losses, inputs, budgets and projections need at least one each")
    }
    let isChoice = Set(classes).count == classes.count && classes.allSatisfy((0..<10).contains)
    guard isChoice, classes.count != 1 else {
      throw RunError("classes: name at least two of 0 to 9, each once, or none for all")
    }
    try requireNumbers("budgets", budgets, .positive(atMost: 1_000))
  }

  package func perform(_ run: Run) throws {
    try check()
    let folder = URL(fileURLWithPath: data)
    let test = try chosen(LabelledImages.fashionMNIST(in: folder, .test), on: run.device)
    let training = try chosen(LabelledImages.fashionMNIST(in: folder, .training), on: run.device)
    var results = ChapterResults(self)
    if let tooMany = images.first(where: { $0 > training.count }) {
      throw RunError("there are \(training.count) images, not \(tooMany)")
    }
    for index in images.indices {
      let regime = CompressionRegime(self, index, training[0..<images[index]], run)
      try results.add(regime.perform(), of: regime, on: test)
      run.work.show(results.last.table.text(width: 160), results.last)
    }
    try ChapterReport(results, run).write()
  }

  /// The images of the classes asked for, with classes counted anew.
  func chosen(_ all: LabelledImages, on device: Device) -> Examples {
    let examples = Examples(all.images, labels: all.labels)
    guard !classes.isEmpty else { return examples.moved(to: device) }
    let numbers = all.labels.scalars(Int.self)
    let rows = numbers.indices.filter { classes.contains(numbers[$0]) }
    return Examples(
      all.images[rows: Tensor(rows)],
      labels: Tensor(rows.map { classes.firstIndex(of: numbers[$0])! })
    ).moved(to: device)
  }

  /// One logit tells two classes apart.
  package var outputs: Int { classes.count == 2 ? 1 : classes.isEmpty ? 10 : classes.count }

  package func makeOptimizer() -> any Optimizer { optimizer.item.optimizer() }

  package func schedule(steps: Int) -> Schedule {
    optimizer == .adam ? .linear(over: steps) : .constant
  }

  package func derivativeWeight(images: Int) -> Double { min(0.1, 180 / Double(images)) }

  package func noiseScale(images: Int) -> Double {
    Double(String(format: "%.2g", derivativeWeight(images: images).squareRoot()))!
  }
}

extension Examples {
  fileprivate func moved(to device: Device) -> Examples {
    Examples(inputs.moved(to: device), labels: labels?.moved(to: device))
  }
}
