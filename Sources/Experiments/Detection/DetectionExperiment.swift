import Distill
import Foundation
import Runs

/// A detector of many parameters teaches one of a tenth, on scenes of several objects: what hints,
/// class-weighted soft cross entropy and bounded box regression are worth beside the boxes that are
/// known.
///
/// After Chen, Choi, Yu, Han and Chandraker, *Learning Efficient Object Detection Models with Knowledge
/// Distillation* (2017).
package struct DetectionExperiment: EvidenceJob {
  package typealias Evidence = DetectionCertificate

  package static let name = "detection"

  package var scenes = DetectionScenes.garments
  /// The folder with the four files of Fashion-MNIST, or that with the emoji.
  package var data = ".data/fashion-mnist"
  /// The folder with the aerial photographs.
  package var photographs = ".data/aerial"
  /// Height and width of a scene, in pixels.
  package var side = 64
  /// The fewest and the most garments or emoji of a scene.
  package var objects = [1, 4]
  /// The smallest and the largest of them; garments have 28 pixels at 1, emoji 32.
  package var scales = [0.5, 1.2]
  /// Fragments of garments that lie about and are none.
  package var clutter = 4
  package var noise = 0.05
  /// Scenes whose boxes are told, and scenes of which only the image is there.
  package var labelled = 600
  package var unlabelled = 2_400
  /// Scenes on which everything free is chosen, and those that serve for reporting alone.
  package var validation = 400
  package var test = 800
  package var strides = [8, 16]
  package var teacher = DetectorShape(widths: [16, 32, 64, 64], pyramid: 48)
  package var student = DetectorShape(widths: [8, 8, 16, 16], pyramid: 8)
  package var students: [DetectionArm] = [.labels, .all]
  /// Students of each kind, each with its own first weights and order of scenes.
  package var seeds = 3
  package var batch = 16
  package var teacherSteps = 1_500
  package var teacherRate = 3e-3
  /// Of every student.
  package var steps = 1_500
  /// Of the cross entropy of classes beside box regressions of 1 in every training, and of the
  /// background in it.
  package var classWeight = 10.0
  package var backgroundWeight = 1.0
  /// Of the background in the soft cross entropy.
  package var softBackground = 1.5
  package var temperature = 1.0
  /// The least probability of a box that the teacher finds where nobody labelled.
  package var certainty = 0.5
  /// Choices, made on the validation scenes with students of another seed, one after the other. The
  /// learning rate is that of the control, and of all.
  package var learningRates = [5e-3]
  package var classesWeights = [10.0]
  package var boxesWeights = [0.2]
  package var hintsWeights = [0.5]
  /// The difference in mAP that would not matter.
  package var margin = 0.004
  /// Resamples of the test scenes for standard errors.
  package var resamples = 200

  package init() {}

  package static let studentFiles: [String] = []

  package func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    let own = (0..<seeds).flatMap { index in
      students.map { arm in
        (
          "\(DetectionTraining.file(arm, index)).safetensors",
          arm == .labels ? "control" : "student: \(arm.name)", DetectionTraining.seed(seed, index)
        )
      }
    }
    return [("\(DetectionTraining.teacherFile).safetensors", "teacher", seed)] + own
  }

  package var sources: (teacher: [String], data: [String]) {
    ([], (try? dataFiles().map(\.path)) ?? [])
  }

  package func certified() -> DetectionExperiment { self }

  package func perform(_ run: Run) throws {
    try check()
    let world = try DetectionWorld(self, seed: run.seed, on: run.device)
    run.work.note(world.summary)
    let training = DetectionTraining(world, run)
    let teacher = try training.teacher()
    let choice = try run.kept(
      DetectionChoice.file,
      checking: {
        learningRates.contains($0.learningRate) && classesWeights.contains($0.weights.classes)
          && boxesWeights.contains($0.weights.boxes) && hintsWeights.contains($0.weights.hints)
      },
      { try training.choice(teacher) }
    )
    for line in choice.lines { run.work.note(line) }
    var networks: [[Detector]] = students.map { _ in [] }
    for index in 0..<seeds {
      for (place, arm) in students.enumerated() {
        networks[place].append(try training.student(arm, index, choice, teacher))
      }
    }
    try run.stopIfAsked("all networks")
    let measured = try DetectionMeasurement(world, teacher, networks, seed: run.seed)
    let terms = try training.terms()
    let evidence = try DetectionCertificate(measured, choice, terms: terms)
    try DetectionReport(measured, try run.certify(evidence, of: self)).write(run)
  }
}

/// How wide a detector is.
package struct DetectorShape: Codable, Equatable {
  /// Channels of the stages; stage i has stride 2^(i + 1).
  package var widths: [Int]
  /// Channels of the pyramid and of the head.
  package var pyramid: Int
}

extension DetectionExperiment {
  package func check() throws {
    try requireCount("side", side, atLeast: 8, atMost: 4_096)
    try requireCount("clutter", clutter, atLeast: 0, atMost: 1_000)
    try requireCounts("labelled, validation and test", [labelled, validation, test], atLeast: 2)
    try requireCount("unlabelled", unlabelled, atLeast: 0)
    try requireCount("seeds", seeds, atLeast: 2, atMost: 1_000)
    try requireCount("batch", batch)
    try requireCounts("teacherSteps and steps", [teacherSteps, steps], atMost: mostSteps)
    try requireCount("resamples", resamples, atLeast: 20)
    try requireCounts(
      "the widths and pyramids of teacher and student",
      teacher.widths + student.widths + [teacher.pyramid, student.pyramid],
      atMost: 4_096
    )
    try requireNumbers("noise", [noise], .notNegative(atMost: 100))
    try requireNumbers(
      "teacherRate and learningRates",
      [teacherRate] + learningRates,
      .learningRate
    )
    try requireNumbers(
      "classWeight, backgroundWeight, softBackground, classesWeights, boxesWeights and hintsWeights",
      [classWeight, backgroundWeight, softBackground] + classesWeights + boxesWeights
        + hintsWeights,
      .positive(atMost: 1e6)
    )
    try requireNumbers("temperature", [temperature], .positive(atMost: 1_000))
    try requireNumbers("certainty", [certainty], .innerShare)
    try requireNumbers("margin", [margin], .shareBelowOne)
    try requireNumbers("scales", scales, .positive(atMost: 1_000))
    guard objects.count == 2, objects[0] >= 1, objects[1] >= objects[0], objects[1] <= 1_000 else {
      throw RunError("objects \(objects): give the fewest and the most of a scene, from 1 on")
    }
    guard scales.count == 2, scales[0] <= scales[1] else {
      throw RunError("scales \(scales): give the smallest and the largest")
    }
    let lists = [learningRates, classesWeights, boxesWeights, hintsWeights]
    guard lists.allSatisfy({ !$0.isEmpty }) else {
      throw RunError("learningRates and the weights of terms: give at least one each")
    }
    guard students.contains(.labels), students.count > 1, Set(students).count == students.count
    else { throw RunError("students: name labels, the control, and at least one other, each once") }
    if unlabelled == 0, let arm = students.first(where: { $0.terms.contains(.found) }) {
      throw RunError("students: '\(arm.name)' needs unlabelled scenes, and there are 0")
    }
    try requireDetectors()
  }

  private func requireDetectors() throws {
    do {
      let layout = try layout(classes: 2)
      for shape in [teacher, student] {
        _ = try Detector(layout, shape, channels: 1, using: RandomGenerator(seed: 0))
      }
    } catch let error as VisionError {
      throw RunError("side, strides or widths: \(error)")
    }
  }

  package func layout(classes: Int) throws -> DetectionLayout {
    DetectionLayout(
      try PointGrid(height: side, width: side, strides: strides),
      classes: classes
    )
  }
}

extension Detector {
  package init(
    _ layout: DetectionLayout,
    _ shape: DetectorShape,
    channels: Int,
    using generator: RandomGenerator
  ) throws {
    try self.init(
      layout,
      channels: channels,
      widths: shape.widths,
      pyramid: shape.pyramid,
      using: generator
    )
  }
}
