/// Which detections of one class in one image are of which boxes, by COCO's rules.
struct ImageMatch {
  enum Kind {
    /// Of a box.
    case hit
    /// Of none.
    case miss
    /// Of a box that does not count, or of none and of a size that does not count.
    case ignored
  }

  /// The kind of each detection at each threshold, in falling order of scores.
  let outcomes: [(score: Double, kinds: [Kind])]
  /// How many boxes count.
  let boxCount: Int

  /// - Parameter areas: Of the boxes that count.
  init(
    _ detections: [Detection],
    _ boxes: [LabelledBox],
    areas: ClosedRange<Double>,
    most: Int
  ) {
    func counts(_ box: LabelledBox) -> Bool { !box.isCrowd && areas.contains(box.box.area) }
    // What counts is found first.
    let boxes = boxes.filter(counts) + boxes.filter { !counts($0) }
    let boxCount = boxes.filter(counts).count
    let found = Array(detections.inFallingOrder.prefix(most))
    let overlaps = found.map { detection in
      boxes.map { box in
        box.isCrowd
          ? detection.box.intersection(box.box) / max(detection.box.area, .leastNonzeroMagnitude)
          : detection.box.intersectionOverUnion(box.box)
      }
    }
    var kinds = found.map { _ in [Kind]() }
    for threshold in AveragePrecision.thresholds {
      var isTaken = boxes.map { _ in false }
      for (index, detection) in found.enumerated() {
        var best = min(threshold, 1 - 1e-10)
        var match: Int?
        for (place, box) in boxes.enumerated() {
          if isTaken[place] && !box.isCrowd { continue }
          // A box that counts is not given up for one that does not.
          if let match, match < boxCount, place >= boxCount { break }
          if overlaps[index][place] < best { continue }
          best = overlaps[index][place]
          match = place
        }
        if let match {
          isTaken[match] = true
          kinds[index].append(match < boxCount ? .hit : .ignored)
        } else {
          kinds[index].append(areas.contains(detection.box.area) ? .miss : .ignored)
        }
      }
    }
    outcomes = zip(found, kinds).map { ($0.score, $1) }
    self.boxCount = boxCount
  }
}
