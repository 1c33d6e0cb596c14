// A detector teaches one of a tenth of its parameters on composed scenes.
// Run: make data && swift run -c release Detection

// snippet.show
import Distill
import Foundation

let folder = URL(fileURLWithPath: ".data/fashion-mnist")
let garments = try LabelledImages.fashionMNIST(in: folder)
let others = try LabelledImages.fashionMNIST(in: folder, .test)

// Scenes of 64×64 pixels with up to four garments each; boxes are exact.
func scenes(
  of garments: LabelledImages,
  _ count: Int,
  seed: UInt64
) throws -> (images: Tensor, truth: [[LabelledBox]]) {
  try ComposedScenes(
    garments.images.reshaped(to: [garments.count, 28, 28]),
    labels: garments.labels,
    height: 64,
    width: 64,
    scales: 0.5...1.2,
    clutter: 4,
    seed: seed
  ).first(count)
}
let (images, truth) = try scenes(of: garments, 600, seed: 1)
let (newImages, newTruth) = try scenes(of: others, 200, seed: 2)

let grid = try PointGrid(height: 64, width: 64, strides: [8, 16])
let layout = DetectionLayout(grid, classes: 10)
let teacher = try Detector(
  layout,
  channels: 1,
  widths: [16, 32, 64, 64],
  pyramid: 48,
  using: RandomGenerator(seed: 1)
)
let student = try Detector(
  layout,
  channels: 1,
  widths: [8, 8, 16, 16],
  pyramid: 8,
  using: RandomGenerator(seed: 2)
)

let targets = try DetectionTargets(truth, layout)
let labels: Loss =
  10 * .pointCrossEntropy(targets) + .boxRegression(targets)
  + .boxRegression(targets, as: .generalizedIoU)
let batches = Examples(images).batches(of: 16, epochs: nil, shuffled: 3).limited(to: 600)
try train(
  teacher,
  on: batches,
  minimizing: labels,
  using: Adam(learningRate: 3e-3),
  schedule: .linear(over: 600)
)
try distill(
  ModuleTeacher(teacher, observedAs: .reals),
  into: student,
  on: batches,
  minimizing: labels + 10 * .pointSoftCrossEntropy(layout)
    + 0.2 * .boundedBoxRegression(targets)
    + 0.5 * .hints(of: .tap("pyramid.0"), through: Projector(always: true)),
  using: Adam(learningRate: 5e-3),
  schedule: .linear(over: 600)
)
for (name, detector) in [("teacher", teacher), ("student", student)] {
  let precision = AveragePrecision(of: detector.detections(in: newImages), against: newTruth)
  print(name, detector.parameterCount, precision.mean ?? 0, precision.atHalf ?? 0)
}
