import Tensors

/// Functions of boxes in tensors, `[…, 4]`: left, top, right, bottom. Differentiable.
public enum Boxes {
  /// width × height, `[…]`.
  public static func areas(_ boxes: Tensor) -> Tensor {
    let sides = (boxes.slicing(2..<4, along: -1) - boxes.slicing(0..<2, along: -1)).clamped(min: 0)
    return sides.product(along: -1)
  }

  /// Of every box with every other: `[n, 4]` and `[m, 4]` to `[n, m]`.
  public static func intersectionOverUnion(_ a: Tensor, _ b: Tensor) -> Tensor {
    overlap(a.insertingAxis(1), b.insertingAxis(0)).ratio
  }

  /// Of box and box, `[…, 4]` each, to `[…]`: intersection over union, less the share of the smallest
  /// rectangle around both that neither covers. −1 … 1, with a gradient also where they are apart.
  ///
  /// Rezatofighi et al., *Generalized Intersection over Union* (2019).
  public static func generalizedIntersectionOverUnion(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (ratio, union) = overlap(a, b)
    let corners = Tensor.concatenated(
      [
        a.slicing(0..<2, along: -1).minimum(b.slicing(0..<2, along: -1)),
        a.slicing(2..<4, along: -1).maximum(b.slicing(2..<4, along: -1)),
      ],
      along: -1
    )
    let hull = areas(corners).clamped(min: smallest)
    return ratio - (hull - union) / hull
  }

  /// Intersection over union, and the union.
  private static func overlap(_ a: Tensor, _ b: Tensor) -> (ratio: Tensor, union: Tensor) {
    let first = a.slicing(0..<2, along: -1).maximum(b.slicing(0..<2, along: -1))
    let last = a.slicing(2..<4, along: -1).minimum(b.slicing(2..<4, along: -1))
    let both = (last - first).clamped(min: 0).product(along: -1)
    let union = areas(a) + areas(b) - both
    return (both / union.clamped(min: smallest), union)
  }

  /// Keeps boxes without area from dividing by zero.
  private static let smallest = 1e-12
}
