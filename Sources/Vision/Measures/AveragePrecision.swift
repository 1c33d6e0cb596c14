/// How good detections are, as COCO measures it (Lin et al. 2014): equal to `pycocotools`.
///
/// Precision of the detections of a class is averaged over 101 recalls; a detection counts when it
/// overlaps a box of its class by an intersection over union of a threshold, each box once.
public struct AveragePrecision: Sendable {
  /// mAP@[.5:.95]: the mean over ten thresholds from 0.5 to 0.95 and over the classes; nil where no
  /// image has a box.
  public let mean: Double?
  /// mAP@.5: the mean over the classes at the threshold 0.5.
  public let atHalf: Double?
  /// The same at 0.75.
  public let atThreeQuarters: Double?
  /// Of boxes of at most 32² pixels.
  public let small: Double?
  /// Of boxes of 32² to 96² pixels.
  public let medium: Double?
  /// Of boxes of 96² pixels or more.
  public let large: Double?
  /// The mean over the thresholds for each class that has boxes.
  public let byClass: [Int: Double]

  /// - Parameters:
  ///   - detections: Of each image.
  ///   - truth: The boxes of each image, in the same order.
  ///   - most: How many detections of a class count in an image, the surest. The default is COCO's.
  public init(of detections: [[Detection]], against truth: [[LabelledBox]], most: Int = 100) {
    precondition(
      detections.count == truth.count,
      "AveragePrecision: detections of \(detections.count) images and boxes of \(truth.count)"
    )
    let labels = Set(truth.joined().map(\.label)).sorted()
    func curves(_ areas: ClosedRange<Double>) -> [(label: Int, values: [Double])] {
      labels.compactMap { label in
        ClassMatches(label: label, of: detections, against: truth, areas: areas, most: most)
          .averagePrecisions().map { (label, $0) }
      }
    }
    let all = curves(0...1e10)
    mean = all.flatMap(\.values).meanIfAny
    atHalf = all.map { $0.values[0] }.meanIfAny
    atThreeQuarters = all.map { $0.values[5] }.meanIfAny
    small = curves(0...1024).flatMap(\.values).meanIfAny
    medium = curves(1024...9216).flatMap(\.values).meanIfAny
    large = curves(9216...1e10).flatMap(\.values).meanIfAny
    byClass = Dictionary(uniqueKeysWithValues: all.map { ($0.label, $0.values.meanIfAny!) })
  }

  /// 0.5, 0.55, …, 0.95, to the last bit as NumPy has them.
  static let thresholds: [Double] =
    (0..<9).map { (step: Int) -> Double in 0.5 + Double(step) * ((0.95 - 0.5) / 9) } + [0.95]

  /// 0, 0.01, …, 1.
  static let recalls: [Double] = (0..<100).map { Double($0) * 0.01 } + [1]
}
