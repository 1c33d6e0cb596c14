/// The students that `mlp` and `cnn` alone stand for.
package enum UsualStudent: String {
  case mlp, cnn

  /// As networks are written.
  ///
  /// - Parameters:
  ///   - shape: Of an input, `[numbers]` or `[channels, height, width]`.
  ///   - outputs: As many as the teacher has.
  package func text(for shape: [Int], outputs: Int) -> String {
    switch self {
    case .mlp: return "mlp:\(shape.reduce(1, *))-50-30-\(outputs)"
    case .cnn:
      // Halved until few places are left, each time with twice the filters.
      var (layers, filters) = (["cnn:8c3b"], 8)
      var side = shape.suffix(2).min() ?? 0
      while side >= 8 {
        if layers.last == "m2" {
          filters = min(2 * filters, 64)
          layers.append("\(filters)c3b")
        }
        layers.append("m2")
        side /= 2
      }
      return (layers + ["\(outputs)"]).joined(separator: "-")
    }
  }
}
