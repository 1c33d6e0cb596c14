import Distill
import Foundation
import Runs

/// How detectors do on the test scenes, which nothing was chosen by.
package struct DetectionMeasurement {
  package let world: DetectionWorld
  package let teacher: Network
  /// `[arm][seed]`.
  package let students: [[Network]]

  /// One detector.
  package struct Network {
    package let detector: Detector
    /// Of each test scene.
    package let found: [[Detection]]
    package let precision: AveragePrecision
    /// mAP@[.5:.95] and mAP@.5 of each resample of the scenes.
    let resampled: [(mean: Double, atHalf: Double)]
  }

  /// Images per second, one batch of many scenes at a time.
  package struct Speed: Codable {
    /// The network alone.
    package let imagesPerSecond: Double
    /// With the boxes made of what it gives.
    package let detectedPerSecond: Double
  }

  package init(
    _ world: DetectionWorld,
    _ teacher: Detector,
    _ students: [[Detector]],
    seed: UInt64
  ) throws {
    self.world = world
    let truth = world.test.truth
    // All networks on the same resamples, so that differences are paired.
    let draws = Self.draws(world.recipe.resamples, of: truth.count, seed: seed)
    func measured(_ detector: Detector) throws -> Network {
      let found = try withTorchErrors { detector.detections(inAll: world.test.images) }
      let matched = MatchedDetections(of: found, against: truth)
      return Network(
        detector: detector,
        found: found,
        precision: AveragePrecision(of: found, against: truth),
        resampled: draws.map { counts in
          let (mean, half) = matched.precision(drawing: counts)
          return (mean ?? 0, half ?? 0)
        }
      )
    }
    self.teacher = try measured(teacher)
    self.students = try students.map { try $0.map(measured) }
  }

  /// How often each scene is drawn in each of some resamples.
  static func draws(_ resamples: Int, of scenes: Int, seed: UInt64) -> [[Int]] {
    var random = RandomStream(seed: seed, stream: 7)
    return (0..<resamples).map { _ in
      var counts = [Int](repeating: 0, count: scenes)
      for _ in 0..<scenes { counts[Int.random(in: 0..<scenes, using: &random)] += 1 }
      return counts
    }
  }

  /// mAP@[.5:.95] or mAP@.5.
  package enum Kind: String, CaseIterable {
    case mean = "mAP@[.5:.95]"
    case atHalf = "mAP@.5"
  }

  private func value(_ network: Network, _ kind: Kind) -> Double {
    (kind == .mean ? network.precision.mean : network.precision.atHalf) ?? 0
  }

  private func resampled(_ network: Network, _ kind: Kind) -> [Double] {
    network.resampled.map { kind == .mean ? $0.mean : $0.atHalf }
  }

  /// Over seeds and scenes.
  package func estimate(_ networks: [Network], _ kind: Kind) -> SeededEstimate {
    SeededEstimate(
      seedMeans: networks.map { value($0, kind) },
      standardErrorAcrossExamples: Self.deviation(networks.map { resampled($0, kind) }),
      examples: world.test.truth.count
    )
  }

  /// The first less the second, seed by seed and on the same resamples of scenes.
  package func difference(
    _ networks: [Network],
    _ others: [Network],
    _ kind: Kind
  ) -> SeededEstimate {
    SeededEstimate(
      seedMeans: zip(networks, others).map { value($0, kind) - value($1, kind) },
      standardErrorAcrossExamples: Self.deviation(
        zip(networks, others).map { zip(resampled($0, kind), resampled($1, kind)).map { $0 - $1 } }
      ),
      examples: world.test.truth.count
    )
  }

  /// The standard deviation over resamples of the mean over seeds.
  private static func deviation(_ values: [[Double]]) -> Double {
    let means = values[0].indices.map { index in
      values.reduce(0) { $0 + $1[index] } / Double(values.count)
    }
    return Estimate(of: means).variance.squareRoot()
  }

  /// The control, and each arm beside it.
  package var control: [Network] {
    students[world.recipe.students.firstIndex(of: .labels)!]
  }

  /// The arm with the most terms: what the certificate's word is about.
  package var fullest: Int {
    let arms = world.recipe.students
    return arms.indices.max { arms[$0].terms.count < arms[$1].terms.count }!
  }

  package func speed(_ network: Network) throws -> Speed {
    let images = world.test.images[0..<min(100, world.test.images.shape[0])]
    func perSecond(_ work: () -> Void) throws -> Double {
      let count = Double(images.shape[0])
      return count / (try withTorchErrors { microseconds(5, work) } * 1e-6)
    }
    return Speed(
      imagesPerSecond: try perSecond {
        _ = withoutGradient { network.detector(images) }.sum().doubleValue
      },
      detectedPerSecond: try perSecond { _ = network.detector.detections(in: images) }
    )
  }
}
