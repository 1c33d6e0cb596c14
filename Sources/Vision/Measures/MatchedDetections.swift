/// Which detections are of which boxes, so that precision on any sample of the images is found without
/// matching again.
///
/// ```swift
/// let matched = MatchedDetections(of: detections, against: truth)
/// print(matched.precision().mean as Any)               // mAP of all images
/// let drawn = matched.precision(drawing: [2, 0, 1])    // of the first twice, and of the third
/// ```
///
/// mAP is no mean over images, so its standard error is that of resampled images (Efron 1979).
public struct MatchedDetections: Sendable {
  private let classes: [ClassMatches]
  public let imageCount: Int

  /// As those of ``AveragePrecision/init(of:against:most:)``.
  public init(of detections: [[Detection]], against truth: [[LabelledBox]], most: Int = 100) {
    precondition(
      detections.count == truth.count,
      "MatchedDetections: detections of \(detections.count) images and boxes of \(truth.count)"
    )
    classes = Set(truth.joined().map(\.label)).sorted().map {
      ClassMatches(label: $0, of: detections, against: truth, most: most)
    }
    imageCount = truth.count
  }

  /// mAP@[.5:.95] and mAP@.5; nil where no image that was drawn has a box.
  ///
  /// - Parameter counts: How often each image was drawn. The default is once.
  public func precision(drawing counts: [Int]? = nil) -> (mean: Double?, atHalf: Double?) {
    precondition(
      counts == nil || counts?.count == imageCount,
      "MatchedDetections: \(counts?.count ?? 0) counts of \(imageCount) images"
    )
    let all = classes.compactMap { $0.averagePrecisions(drawing: counts) }
    return (all.flatMap { $0 }.meanIfAny, all.map { $0[0] }.meanIfAny)
  }
}

/// The detections of one class in all images.
struct ClassMatches: Sendable {
  let label: Int
  /// The boxes that count, of each image.
  private let boxCounts: [Int]
  /// In falling order of scores.
  private let images: [Int]
  /// By threshold, then in that order.
  private let kinds: [[ImageMatch.Kind]]

  init(
    label: Int,
    of detections: [[Detection]],
    against truth: [[LabelledBox]],
    areas: ClosedRange<Double> = 0...1e10,
    most: Int
  ) {
    self.label = label
    let matches = zip(detections, truth).map { found, boxes in
      ImageMatch(
        found.filter { $0.label == label },
        boxes.filter { $0.label == label },
        areas: areas,
        most: most
      )
    }
    boxCounts = matches.map(\.boxCount)
    let outcomes = matches.enumerated().flatMap { image, match in
      match.outcomes.map { (image: image, score: $0.score, kinds: $0.kinds) }
    }
    let order = outcomes.indices.sorted {
      outcomes[$0].score != outcomes[$1].score
        ? outcomes[$0].score > outcomes[$1].score : $0 < $1
    }
    images = order.map { outcomes[$0].image }
    kinds = AveragePrecision.thresholds.indices.map { threshold in
      order.map { outcomes[$0].kinds[threshold] }
    }
  }

  /// At each threshold; nil where no box counts.
  func averagePrecisions(drawing counts: [Int]? = nil) -> [Double]? {
    let weights = counts ?? [Int](repeating: 1, count: boxCounts.count)
    let boxes = zip(boxCounts, weights).reduce(0) { $0 + $1.0 * $1.1 }
    guard boxes > 0 else { return nil }
    return kinds.map { kinds in
      var (hits, misses) = (0.0, 0.0)
      var recalls: [Double] = []
      var precisions: [Double] = []
      recalls.reserveCapacity(images.count)
      precisions.reserveCapacity(images.count)
      for (kind, image) in zip(kinds, images) where weights[image] > 0 {
        switch kind {
        case .hit: hits += Double(weights[image])
        case .miss: misses += Double(weights[image])
        case .ignored: break
        }
        recalls.append(hits / Double(boxes))
        precisions.append(hits / (hits + misses + .ulpOfOne))
      }
      for index in precisions.indices.dropLast().reversed() {
        precisions[index] = max(precisions[index], precisions[index + 1])
      }
      var (place, sum) = (0, 0.0)
      for recall in AveragePrecision.recalls {
        while place < recalls.count, recalls[place] < recall { place += 1 }
        if place < recalls.count { sum += precisions[place] }
      }
      return sum / Double(AveragePrecision.recalls.count)
    }
  }
}

extension [Double] {
  var meanIfAny: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
