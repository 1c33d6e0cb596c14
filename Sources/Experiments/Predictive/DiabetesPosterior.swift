import Distill
import Foundation
import Runs

/// The diabetes data and the draws that another program made: robust linear regression,
/// `y ~ student_t(nu, alpha + x · beta, sigma)`, in standardised units.
package struct DiabetesPosterior {
  /// Standardised, `[patients][10]` and `[patients]`.
  package let training: (inputs: [[Double]], outcomes: [Double])
  package let test: (inputs: [[Double]], outcomes: [Double])
  /// The names of the columns, the outcome's last, and their means and deviations in their own units.
  package let columns: [String]
  package let means: [Double]
  package let scales: [Double]
  package var outcomeScale: Double { scales.last! }
  /// `[draws][13]`: alpha, beta, sigma, nu.
  package let draws: [[Double]]
  package let files: [String]

  package static let variables = ["alpha", "beta", "sigma", "nu"]

  /// - Parameters:
  ///   - folder: Holds `diabetes.csv` and the files of draws.
  ///   - thinning: Every how many draws is used.
  package init(in folder: String, files: [String], thinning: Int) throws {
    let url = URL(fileURLWithPath: folder)
    let table = try CSV.read(from: url.appendingPathComponent("diabetes.csv"))
    let width = table.columns.count
    guard width == 11 else {
      throw RunError("'\(folder)/diabetes.csv' has \(width) columns; it must have 11")
    }
    let flat = table.values.scalars(Double.self)
    let rows = (0..<(flat.count / width)).map { Array(flat[($0 * width)..<(($0 + 1) * width)]) }
    let known = rows.indices.filter { $0 % 8 == 0 }.map { rows[$0] }
    let count = Double(known.count)
    let means = (0..<width).map { j -> Double in
      let sum = known.reduce(0.0) { $0 + $1[j] }
      return sum / count
    }
    let scales = (0..<width).map { j -> Double in
      let sum = known.reduce(0.0) { (sum: Double, row: [Double]) -> Double in
        let distance: Double = row[j] - means[j]
        return sum + distance * distance
      }
      return (sum / count).squareRoot()
    }
    func standardised(_ rows: [[Double]]) -> (inputs: [[Double]], outcomes: [Double]) {
      let z = rows.map { row in row.indices.map { (row[$0] - means[$0]) / scales[$0] } }
      return (z.map { Array($0.dropLast()) }, z.map { $0.last! })
    }
    training = standardised(known)
    test = standardised(rows.indices.filter { $0 % 8 != 0 }.map { rows[$0] })
    (columns, self.means, self.scales) = (table.columns, means, scales)
    self.files = files.map { url.appendingPathComponent($0).path }
    let bag = try DrawFile.read(self.files, variables: Self.variables)
    draws = stride(from: 0, to: bag.chains * bag.count, by: thinning).map {
      Array(bag[$0 % bag.chains, $0 / bag.chains])
    }
    guard bag.dimension == 13 else {
      throw RunError("the draws in '\(folder)' have \(bag.dimension) numbers, not 13")
    }
  }

  /// A network of standardised measurements as a student of those that patients have.
  package func student(_ network: MixtureDensityNetwork) throws -> CompactStudent {
    let result = MixtureDensityNetwork(
      Array(network.body.widths.dropLast()),
      components: network.components,
      activation: network.body.activation,
      .float64,
      using: RandomGenerator(seed: 0)
    )
    for (old, new) in zip(network.body.layers, result.body.layers) {
      new.weight.replace(with: old.weight.value)
      new.bias!.replace(with: old.bias!.value)
    }
    // W (x − m) / s + b = (W / s) x + (b − (W / s) m).
    let (first, inputs) = (result.body.layers[0], columns.count - 1)
    let slopes = first.weight.value / Tensor(Array(scales[..<inputs]))
    first.bias!.replace(with: first.bias!.value - slopes.matmul(Tensor(Array(means[..<inputs]))))
    first.weight.replace(with: slopes)
    result.rescaleOutcomes(shift: means[inputs], scale: scales[inputs])
    return try CompactStudent(.densityNetwork(result), inputs: Array(columns[..<inputs]))
  }

  /// What one draw predicts: its location, and outcomes drawn around it.
  package var model: ClosureModel {
    let sampler: ClosureModel.Sampler = { draw, x, random in
      Self.outcome(draw, x).sample(using: &random)
    }
    return ClosureModel(dimension: 13, inputs: 10, outputs: 1, .means, sampler: sampler) {
      [Self.outcome($0, $1).location]
    }
  }

  package static func outcome(_ draw: [Double], _ x: [Double]) -> StudentT {
    let location = x.indices.reduce(draw[0]) { $0 + draw[$1 + 1] * x[$1] }
    return StudentT(degreesOfFreedom: draw[12], location: location, scale: draw[11])
  }
}

/// Draws picked at random from a bag in memory, for ever.
package final class PickedDraws: DrawStream {
  private let bag: [[Double]]
  private let seed: UInt64
  private var random: RandomStream

  package init(_ bag: [[Double]], seed: UInt64) {
    (self.bag, self.seed) = (bag, seed)
    random = RandomStream(seed: seed)
  }

  package func next() -> [Double]? { bag.randomElement(using: &random) }

  package func restart() { random = RandomStream(seed: seed) }
}

/// The draws of files one after another, from the beginning again at the end: none is kept.
package final class CirculatingDraws: DrawStream {
  private let file: DrawFile

  package init(_ file: DrawFile) { self.file = file }

  package func next() throws -> [Double]? {
    if let draw = try file.next() { return draw }
    try file.restart()
    return try file.next()
  }

  package func restart() throws { try file.restart() }
}
