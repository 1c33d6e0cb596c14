import Distill
import Foundation

/// The table of inputs, and of outcomes where it has them.
struct PredictiveData {
  /// The names of the inputs.
  let names: [String]
  /// `[rows, inputs]`, Float64.
  let rows: Tensor
  /// The outcome of each row as a number: for classes their place among ``classes``.
  let outcomes: [Double]?
  /// The classes in order; empty where outcomes are numbers or not there.
  let classes: [String]
  /// What had to be guessed about the file, for people.
  var remarks: [String] = []

  var count: Int { rows.shape[0] }

  /// The inputs in the order of names.
  ///
  /// - Throws: ``CommandError`` when they are others.
  func rows(named wanted: [String], _ path: String) throws -> Tensor {
    guard Set(wanted) == Set(names), wanted.count == names.count else {
      throw CommandError(
        "\(path) has other columns than the data: "
          + names.prefix(12).joined(separator: ", ")
      )
    }
    let order = wanted.map { names.firstIndex(of: $0)! }
    return wanted == names ? rows : .stacked(order.map { rows.selecting($0, along: 1) }, along: 1)
  }

  /// - Parameters:
  ///   - outcome: The column of the outcome.
  ///   - ofClasses: Whether the outcome is a class.
  ///   - classes: Those of the table that this one belongs to.
  static func read(
    _ path: String,
    outcome: String?,
    ignoring: [String],
    header: CSV.Header = .automatic,
    ofClasses: Bool,
    classes known: [String]? = nil
  ) throws -> PredictiveData {
    let url = URL(fileURLWithPath: path)
    if path.hasSuffix(".npz") || path.hasSuffix(".npy") {
      return try read(archive: url, outcome: outcome, ofClasses: ofClasses, classes: known)
    }
    let table = try CSV.read(
      from: url,
      labels: ofClasses ? outcome.map { .named($0) } : nil,
      options: CSV.Options(header: header, ignoring: ignoring.map { .named($0) })
    )
    let target = ofClasses ? nil : outcome
    let kept = table.columns.filter { $0 != target }
    if let target, kept.count == table.columns.count {
      throw CommandError(
        "\(path) has no column \(target)" + NearNames.hint(for: target, among: table.columns)
      )
    }
    guard !kept.isEmpty, table.values.shape[0] > 0 else {
      throw CommandError("\(path) has no rows of inputs besides the outcome")
    }
    func column(_ name: String) -> Tensor {
      table.values.selecting(table.columns.firstIndex(of: name)!, along: 1)
    }
    let labels = ofClasses && outcome != nil
    let classes = labels ? known ?? table.classes : []
    return PredictiveData(
      names: kept,
      rows: .stacked(kept.map(column), along: 1),
      outcomes: labels
        ? try table.labelIndices(in: classes).scalars(Int.self).map(Double.init)
        : target.map { column($0).scalars() },
      classes: classes,
      remarks: table.remarks
    )
  }

  /// No table has more classes; larger labels are something else.
  private static let mostClasses = 10_000

  private static func read(
    archive url: URL,
    outcome: String?,
    ofClasses: Bool,
    classes known: [String]?
  ) throws -> PredictiveData {
    let members =
      url.pathExtension == "npy"
      ? ["x": .success(try NumPy.read(from: url))] : try NumPy.readMembers(from: url)
    let arrays = members.compactMapValues { try? $0.get() }
    let matrices = arrays.filter { $0.value.rank == 2 && $0.value.count > 0 }
    guard
      let matrix = matrices.first(where: { $0.key.lowercased() == "x" })?.value
        ?? (matrices.count == 1 ? matrices.first?.value : nil)
    else { throw CommandError("\(url.path) has no array x of shape [rows, inputs]") }
    guard matrix.cast(to: .float64).isAllFinite else {
      throw CommandError("\(url.path): x holds numbers that are not finite")
    }
    let target = try outcome.map { name in
      guard let y = arrays[name] else {
        if let member = members[name] { _ = try member.get() }
        throw CommandError(
          "\(url.path) has no array \(name)"
            + NearNames.hint(for: name, among: arrays.keys.sorted())
        )
      }
      guard y.shape == [matrix.shape[0]] else {
        throw CommandError("\(url.path): \(name) has shape \(y.shape), not [\(matrix.shape[0])]")
      }
      return y.cast(to: .float64).scalars(Double.self)
    }
    if let wrong = target?.firstIndex(where: { !$0.isFinite }) {
      throw CommandError("\(url.path): outcome \(wrong) is \(target![wrong]): it must be finite")
    }
    let most = Double(known?.count ?? mostClasses)
    if ofClasses,
      let wrong = target?.firstIndex(where: { !($0 >= 0 && $0 < most && $0 == $0.rounded()) })
    {
      throw CommandError(
        "\(url.path): outcome \(wrong) is \(target![wrong]), which is no class: classes are whole "
          + "numbers from 0 to \(Int(most) - 1)"
      )
    }
    let count = ofClasses ? (target?.max()).map { Int($0) + 1 } ?? 0 : 0
    return PredictiveData(
      names: (1...matrix.shape[1]).map { "x\($0)" },
      rows: matrix.cast(to: .float64),
      outcomes: target,
      classes: ofClasses && target != nil ? known ?? (0..<max(count, 2)).map { "\($0)" } : []
    )
  }

  /// A table of outcomes alone, for densities: the column of that name, or the only one.
  static func ofOutcomes(
    _ path: String,
    _ name: String?,
    header: CSV.Header = .automatic
  ) throws -> PredictiveData {
    let table = try CSV.read(
      from: URL(fileURLWithPath: path),
      options: CSV.Options(header: header)
    )
    guard let column = name ?? (table.columns.count == 1 ? table.columns[0] : nil) else {
      throw CommandError(
        "\(path) has the columns \(table.columns.prefix(12).joined(separator: ", ")): name that of "
          + "the outcome by --outcome"
      )
    }
    guard let index = table.columns.firstIndex(of: column) else {
      throw CommandError(
        "\(path) has no column \(column)" + NearNames.hint(for: column, among: table.columns)
      )
    }
    return PredictiveData(
      names: [],
      rows: table.values,
      outcomes: table.values.selecting(index, along: 1).scalars(),
      classes: []
    )
  }
}
