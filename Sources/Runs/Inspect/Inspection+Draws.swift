import Exchange
import Foundation
import Mathematics
import Tensors

extension Inspection {
  /// The variables of a file of posterior draws, such as `--parameters` names.
  ///
  /// - Throws: One sentence when it is none, or a draw is not finite.
  static func draws(_ url: URL) throws -> (arrays: [Array], notes: [String: String]) {
    // A sampler's pipe is not waited for.
    _ = try RegularFile.open(url)
    let file = try DrawFile(url.path)
    let variables = file.columns.variables
    var ranges = variables.map { _ in (least: Double.infinity, most: -Double.infinity) }
    while let draw = try file.next() {
      var rest = draw[...]
      for place in variables.indices {
        for value in rest.prefix(variables[place].columns.count) {
          ranges[place].least = min(ranges[place].least, value)
          ranges[place].most = max(ranges[place].most, value)
        }
        rest = rest.dropFirst(variables[place].columns.count)
      }
    }
    guard file.count > 0 else { throw RunError("\(url.path) holds no draws") }
    var notes = [
      "draws": grouped(file.count)
        + (file.chainCount > 1 ? " in \(grouped(file.chainCount)) chains" : "")
    ]
    if file.divergences > 0 { notes["divergent"] = grouped(file.divergences) }
    if !file.remarks.isEmpty { notes["read as"] = file.remarks.joined(separator: "; ") }
    let arrays = zip(variables, ranges).map { variable, range in
      Array(variable.name, [file.count] + variable.shape, range.least, range.most)
    }
    return (arrays, notes)
  }
}

extension Inspection.Array {
  fileprivate init(_ name: String, _ shape: [Int], _ minimum: Double, _ maximum: Double) {
    (self.name, elementType, self.shape) = (name, "\(ElementType.float64)", shape)
    (self.minimum, self.maximum, notFinite) = (minimum, maximum, 0)
  }
}
