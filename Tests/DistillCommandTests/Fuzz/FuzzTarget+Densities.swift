import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// RBMs, their students and binary images.
extension FuzzTarget {
  static let densities =
    [
      reader("RBM of NumPy", "a.npz") {
        try ModelFile.write(smallRBM(), to: $0)
      } use: {
        try sample($0)
      },
      reader("binary images", "a.npz") {
        try NumPy.writeArchive(["train": .ones([5, 9], .uint8), "test": .zeros([2, 9])], to: $0)
      } use: { url in
        for threshold in [nil, 0.5] {
          let images = try binaryImages(
            at: url.path,
            usual: ["train"],
            width: 9,
            threshold: threshold
          )
          _ = try? smallRBM().logUnnormalized(images)
        }
      },
      reader("binary images of NumPy", "a.npy") {
        try NumPy.write(.ones([5, 9], .uint8), to: $0)
      } use: {
        _ = try BinaryImages.read(from: $0)
      },
    ]
    + ["nade:4", "made:6-6", "made:6,orders:2", "deep-nade:4-4", "deep-nade:4,orders:2"].map {
      text in
      reader("student \(text)", "a.safetensors") {
        let student = try DensitySpecification(text).architecture.model(inputs: 9, seed: 1)
        try student.write(to: $0, metadata: [:])
      } use: { url in
        try sample(url)
        let student = try ModelFile.student(at: url.path, of: smallRBM())
        _ = student.logProbability(.ones([2, 9]))
      }
    }

  private static func sample(_ url: URL) throws {
    let model = try ModelFile(at: url.path)
    let isTeacher = if case .teacher = model { true } else { false }
    let samples = try model.samples(3, burnIn: isTeacher ? 2 : nil, seed: 1, silent.work(untouched))
    _ = samples.sum()
  }
}
