import Distillation
import Tensors

/// What engines know the losses of this room as.
public enum VisionTerm: TermIdentity {
  case pointCrossEntropy(background: Double)
  case pointSoftCrossEntropy(background: Double, temperature: Double)
  case boxRegression(BoxDistance)
  case boundedBoxRegression(margin: Double)
}

/// How far apart two boxes are, each given by its distances from one point.
public enum BoxDistance: String, Sendable, CaseIterable, Codable {
  /// Σ over the sides of ½x² within ±1 and |x| − ½ outside, x in strides (Girshick 2015).
  case smoothL1
  /// 1 − GIoU. It has no gradient where a box without area lies inside the true one, as those of a
  /// fresh detector may: add it to ``smoothL1``.
  case generalizedIoU
}

/// Losses of detectors, whose values are of a ``DetectionLayout``. Teacher and student have the same
/// one. All are those of Chen et al., *Learning Efficient Object Detection Models with Knowledge
/// Distillation* (2017), or usual; hints through an adaptation layer are
/// `.hints(of: .tap("pyramid.0"), through: Projector(always: true))`.
extension Loss {
  /// Cross entropy of the classes at the points of an image: −w_y log p_y, mean over the points and
  /// the batch, w = `background` at points without an object, 1 at others.
  ///
  /// - Parameter background: The default is 1.
  public static func pointCrossEntropy(
    _ targets: DetectionTargets,
    background: Double = 1
  ) -> Loss {
    let layout = targets.layout
    return Loss("pointCrossEntropy", [("background", background)], needs: Needs()) { comparison in
      let wanted = try targets.at(comparison.numbered()).classes
      let logs = layout.logits(comparison.student.values).logSoftmax()
      let found = logs.gathering(wanted.insertingAxis(2), along: 2).removingAxis(2)
      let weights = (wanted .== 0).choosing(background, else: 1).cast(to: logs.elementType)
      return -(found * weights).mean()
    }.identified(as: VisionTerm.pointCrossEntropy(background: background))
  }

  /// Cross entropy on the teacher's probabilities at the points: −T² Σ_c w_c t_c log s_c, mean over
  /// the points and the batch, w = `background` for the background and 1 for the classes: to take an
  /// object for background, or the other way round, is worse than to take it for another.
  ///
  /// - Parameter background: The default is the paper's.
  public static func pointSoftCrossEntropy(
    _ layout: DetectionLayout,
    background: Double = 1.5,
    temperature: Double = 1
  ) -> Loss {
    precondition(temperature > 0, "pointSoftCrossEntropy: temperature \(temperature)")
    return Loss(
      "pointSoftCrossEntropy",
      [("background", background)] + (temperature == 1 ? [] : [("temperature", temperature)]),
      needs: Needs(teacher: true)
    ) { comparison in
      let own = layout.logits(comparison.student.values) / temperature
      let other = layout.logits(try comparison.taught().values) / temperature
      let weights = Tensor(
        [background] + [Double](repeating: 1, count: layout.classes),
        on: own.device
      ).cast(to: own.elementType)
      let sums = (other.softmax() * own.logSoftmax() * weights).sum(along: 2)
      return sums.mean() * -(temperature * temperature)
    }.identified(
      as: VisionTerm.pointSoftCrossEntropy(background: background, temperature: temperature)
    )
  }

  /// How far boxes are from the true ones, mean over the points of an image that stand for an object,
  /// mean over the batch.
  public static func boxRegression(
    _ targets: DetectionTargets,
    as distance: BoxDistance = .smoothL1
  ) -> Loss {
    atObjects("boxRegression\(distance == .smoothL1 ? "" : "ByGeneralizedIoU")", targets) {
      own,
      _,
      wanted in
      switch distance {
      case .smoothL1:
        let difference = (own - wanted).magnitude
        let inside = difference.clamped(max: 1)
        return (inside.squared * 0.5 + difference - inside).sum(along: 2)
      case .generalizedIoU: return 1 - Boxes.generalizedIntersectionOverUnion(box(own), box(wanted))
      }
    }.identified(as: VisionTerm.boxRegression(distance))
  }

  /// The teacher as a bound: ‖s − y‖² where the student is not better than the teacher by more than a
  /// margin, ‖s − y‖² + m > ‖t − y‖², and 0 elsewhere; y the distances to the sides of the true box in
  /// strides. Mean over the points of an image that stand for an object, mean over the batch.
  ///
  /// A teacher may be far from the true box, in any direction, so it is no target itself.
  ///
  /// - Parameter margin: m, in squared strides.
  public static func boundedBoxRegression(
    _ targets: DetectionTargets,
    margin: Double = 0
  ) -> Loss {
    atObjects("boundedBoxRegression", targets, [("margin", margin)], needsTeacher: true) {
      own,
      other,
      wanted in
      let error = (own - wanted).squared.sum(along: 2)
      let bound = (other! - wanted).squared.sum(along: 2)
      let counts = (error.detached + margin) .> bound
      return error * counts.cast(to: error.elementType)
    }.identified(as: VisionTerm.boundedBoxRegression(margin: margin))
  }

  /// A term on the distances at the points that stand for an object.
  private static func atObjects(
    _ name: String,
    _ targets: DetectionTargets,
    _ settings: [(name: String, value: Double)] = [],
    needsTeacher: Bool = false,
    _ value: @escaping (_ own: Tensor, _ teacher: Tensor?, _ wanted: Tensor) -> Tensor
  ) -> Loss {
    let layout = targets.layout
    return Loss(name, settings, needs: Needs(teacher: needsTeacher)) { comparison in
      let own = layout.distances(comparison.student.values)
      let other = needsTeacher ? layout.distances(try comparison.taught().values) : nil
      let (classes, distances) = try targets.at(comparison.numbered())
      let isObject = (classes .> 0).cast(to: own.elementType)
      let terms = value(own, other, distances.cast(to: own.elementType)) * isObject
      let counts = isObject.sum(along: 1).clamped(min: 1)
      return (terms.sum(along: 1) / counts).mean()
    }
  }

  /// The box whose sides are at these distances from the origin.
  private static func box(_ distances: Tensor) -> Tensor {
    .concatenated(
      [-distances.slicing(0..<2, along: 2), distances.slicing(2..<4, along: 2)],
      along: 2
    )
  }
}
