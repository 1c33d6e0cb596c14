import Networks
import Tensors

/// A student that ends in its teacher's own classifier: backbone, then a projector to what the
/// teacher's features look like, then the teacher's head, which stays as it is.
///
/// ```swift
/// let student = ReusedHeadStudent(
///   backbone,
///   projector: .bottleneck(64, to: 256, using: generator),
///   head: teacherHead
/// )
/// try distill(teacher, into: student, on: batches, minimizing: .reusedHead(teacher: "features"))
/// ```
///
/// The paths of its parameters are `backbone.…`, `projector.…` and `head.…`; the projector's result
/// is tapped as `projector`.
///
/// Chen et al., *Knowledge Distillation with the Reused Teacher Classifier* (2022), SimKD.
public struct ReusedHeadStudent: Module {
  public let backbone: any Module
  public let projector: any Module
  public let head: Frozen

  /// - Parameters:
  ///   - backbone: From inputs to the student's features, `[batch, channels, height, width]` or
  ///     `[batch, width]`.
  ///   - projector: From there to the shape of the teacher's features.
  ///   - head: The teacher's classifier, from its features to its outputs. It is shared with the
  ///     teacher, and not trained.
  public init(_ backbone: any Module, projector: any Module, head: any Module) {
    self.backbone = backbone
    self.projector = projector
    self.head = Frozen(head)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let features = pass.within("backbone") { backbone(input, pass) }
    return head(pass.within("projector") { projector(features, pass) }, pass)
  }
}

extension Module where Self == Sequential {
  /// The projector of SimKD for maps: 1×1, 3×3 and 1×1 convolutions, each with batch normalisation
  /// and ReLU, at 1/`reduction` of the teacher's channels in between.
  ///
  /// - Parameter reduction: The default is the paper's, 2.
  public static func bottleneck(
    _ channels: Int,
    to target: Int,
    reduction: Int = 2,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) -> Sequential {
    precondition(
      reduction > 0 && target % reduction == 0,
      "bottleneck: \(target) channels cannot be divided by \(reduction)"
    )
    let width = target / reduction
    let layers = [(channels, width, 1), (width, width, 3), (width, target, 1)]
    return Sequential(
      layers.flatMap { from, to, size -> [any Module] in
        [
          Convolution2D(
            from,
            to,
            size: Extent2D(size),
            padding: Extent2D(size / 2),
            bias: false,
            elementType,
            using: generator
          ),
          BatchNorm(to, elementType, on: generator.device),
          Activation.relu,
        ]
      }
    )
  }
}
