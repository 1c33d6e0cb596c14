import Exchange
import Foundation
import Tensors

/// The table of inputs, and of outcomes where it has them.
package struct PredictiveData {
  /// The names of the inputs.
  package let names: [String]
  /// `[rows, inputs]`, Float64.
  package let rows: Tensor
  /// The outcome of each row as a number: for classes their place among ``classes``.
  package let outcomes: [Double]?
  /// The classes in order; empty where outcomes are numbers or not there.
  package let classes: [String]
  /// What had to be guessed about the file, for people.
  package var remarks: [String] = []

  package var count: Int { rows.shape[0] }

  /// The inputs in the order of names.
  ///
  /// - Throws: `RunError` when they are others.
  package func rows(named wanted: [String], _ path: String) throws -> Tensor {
    guard Set(wanted) == Set(names), wanted.count == names.count else {
      throw RunError(
        "\(path) has other columns than the data: "
          + names.prefix(12).joined(separator: ", ")
      )
    }
    let order = wanted.map { names.firstIndex(of: $0)! }
    return wanted == names ? rows : .stacked(order.map { rows.selecting($0, along: 1) }, along: 1)
  }

  /// - Throws: One sentence when the table is not of this kind.
  ///
  /// - Parameter known: The inputs of another table, whose indicators of names are made; nil for those
  ///   of the names found.
  package static func read(
    _ path: String,
    _ options: PredictiveDataOptions,
    _ kind: OutcomeKind,
    known inputs: [String]? = nil
  ) throws -> PredictiveData {
    let url = URL(fileURLWithPath: path)
    let outcome = options.outcome
    if path.hasSuffix(".npz") || path.hasSuffix(".npy") {
      guard options.oneHot.isEmpty else {
        throw RunError("--one-hot names columns of a CSV: the arrays of \(path) are numbers")
      }
      return try read(archive: url, outcome: outcome, kind)
    }
    let (ofClasses, known) =
      if case .classes(let known) = kind { (true, known) } else { (false, nil as [String]?) }
    let table = try CSV.read(
      from: url,
      labels: ofClasses ? outcome.map { .named($0) } : nil,
      options: CSV.Options(
        header: options.csvHeader,
        ignoring: (options.ignored + options.oneHot).map { .named($0) }
      )
    )
    let groups = try OneHot(
      options.oneHot,
      of: path,
      header: options.csvHeader,
      known: inputs
    )
    let target = ofClasses ? nil : outcome
    let kept = table.columns.filter { $0 != target }
    if let target, kept.count == table.columns.count {
      throw RunError(
        "\(path) has no column \(target)" + NearNames.hint(for: target, among: table.columns)
      )
    }
    guard !(kept + groups.names).isEmpty, table.values.shape[0] > 0 else {
      throw RunError("\(path) has no rows of inputs besides the outcome")
    }
    func isMissing(_ label: String) -> Bool {
      known?.contains(label) != true && ["na", "n/a", "null", "nan"].contains(label.lowercased())
    }
    if let row = table.labels?.firstIndex(where: isMissing) {
      throw RunError("\(path): row \(row + 1) has no outcome: leave it out, or name its class")
    }
    func column(_ name: String) -> Tensor {
      table.values.selecting(table.columns.firstIndex(of: name)!, along: 1)
    }
    let labels = ofClasses && outcome != nil
    let classes = labels ? known ?? table.classes : []
    let outcomes: [Double]? =
      labels
      ? try table.labelIndices(in: classes).scalars(Int.self).map(Double.init)
      : target.map { column($0).scalars() }
    if let outcomes { try kind.check(outcomes, of: path) }
    return PredictiveData(
      names: kept + groups.names,
      rows: .concatenated(
        (kept.isEmpty ? [] : [.stacked(kept.map(column), along: 1)])
          + (groups.values.map { [$0] } ?? []),
        along: 1
      ),
      outcomes: outcomes,
      classes: classes,
      remarks: table.remarks
    )
  }

  /// The outcomes as places among other names of the same classes.
  package func outcomes(in names: [String]) -> [Double]? {
    guard !classes.isEmpty, names != classes else { return outcomes }
    let places = classes.map { name in
      names.firstIndex { $0 == name || (Double($0) != nil && Double($0) == Double(name)) }
    }
    return outcomes?.map { place in Double(places[Int(place)] ?? -1) }
  }

  /// No table has more classes; larger labels are something else.
  private static let mostClasses = 10_000

  private static func read(
    archive url: URL,
    outcome: String?,
    _ kind: OutcomeKind
  ) throws -> PredictiveData {
    let members =
      url.pathExtension == "npy"
      ? ["x": .success(try NumPy.read(from: url))] : try NumPy.readMembers(from: url)
    let arrays = members.compactMapValues { try? $0.get() }
    let matrices = arrays.filter { $0.key != outcome && $0.value.rank == 2 && $0.value.count > 0 }
    guard
      let matrix = matrices.first(where: { $0.key.lowercased() == "x" })?.value
        ?? (matrices.count == 1 ? matrices.first?.value : nil)
          ?? arrays.first(where: { $0.key.lowercased() == "x" && $0.value.rank == 1 })
          .map({ $0.value.insertingAxis(1) }),
      matrix.count > 0
    else {
      let found = arrays.map { "\($0.key) of \($0.value.shape)" }.sorted().prefix(8)
      throw RunError(
        "\(url.path) has no array x of shape [rows, inputs]"
          + (found.isEmpty ? "" : "; there are: \(found.joined(separator: ", "))")
      )
    }
    guard matrix.cast(to: .float64).isAllFinite else {
      throw RunError("\(url.path): x holds numbers that are not finite")
    }
    let count = matrix.shape[0]
    func require(_ y: Tensor, _ name: String) throws -> [Double] {
      let isColumn = y.shape == [count, 1]
      guard y.shape == [count] || isColumn else {
        throw RunError("\(url.path): \(name) has shape \(y.shape), not [\(count)]")
      }
      return y.cast(to: .float64).scalars(Double.self)
    }
    var target: [Double]?
    var classes: [String] = []
    if let name = outcome {
      guard let member = members[name] else {
        throw RunError(
          "\(url.path) has no array \(name)"
            + NearNames.hint(for: name, among: members.keys.sorted())
        )
      }
      if case .classes(let known) = kind {
        let labels = try ArrayLabels(name, of: url, classes: known)
        target = try require(labels.numbers, name)
        classes = try labels.classes ?? self.classes(of: &target!, known, url)
      } else {
        target = try require(member.get(), name)
        try kind.check(target!, of: url.path)
      }
    }
    return PredictiveData(
      names: (1...matrix.shape[1]).map { "x\($0)" },
      rows: matrix.cast(to: .float64),
      outcomes: target,
      classes: classes
    )
  }

  /// The classes of labels that are numbers: the names of known classes, or places from 0 (or
  /// from 1, where all from there on are there), which they become.
  private static func classes(
    of labels: inout [Double],
    _ known: [String]?,
    _ url: URL
  ) throws -> [String] {
    if let numbers = known?.compactMap(Double.init), numbers.count == known!.count {
      let places = Dictionary(zip(numbers, 0...), uniquingKeysWith: { first, _ in first })
      labels = labels.map { places[$0].map(Double.init) ?? -1 }
    }
    let most = known?.count ?? mostClasses
    if let wrong = labels.firstIndex(where: {
      !($0 >= 0 && $0 < Double(most) && $0 == $0.rounded())
    }) {
      throw RunError(
        "\(url.path): the outcome of row \(wrong + 1) is no class: classes are "
          + (known?.joined(separator: ", ") ?? "whole numbers from 0 to \(most - 1)")
      )
    }
    if let known { return known }
    let largest = Int(labels.max() ?? 0)
    if largest > 1, Set(labels) == Set((1...largest).map(Double.init)) {
      labels = labels.map { $0 - 1 }
      return (1...largest).map(String.init)
    }
    return (0..<max(largest + 1, 2)).map(String.init)
  }

  /// A table of outcomes alone, for densities: the column of that name, or the only one.
  package static func ofOutcomes(
    _ path: String,
    _ name: String?,
    header: CSV.Header = .automatic
  ) throws -> PredictiveData {
    let table = try CSV.read(
      from: URL(fileURLWithPath: path),
      options: CSV.Options(header: header)
    )
    guard let column = name ?? (table.columns.count == 1 ? table.columns[0] : nil) else {
      throw RunError(
        "\(path) has the columns \(table.columns.prefix(12).joined(separator: ", ")): name that of "
          + "the outcome by --outcome"
      )
    }
    guard let index = table.columns.firstIndex(of: column) else {
      throw RunError(
        "\(path) has no column \(column)" + NearNames.hint(for: column, among: table.columns)
      )
    }
    guard table.values.shape[0] > 0 else { throw RunError("\(path) has no rows of outcomes") }
    return PredictiveData(
      names: [],
      rows: table.values,
      outcomes: table.values.selecting(index, along: 1).scalars(),
      classes: []
    )
  }
}
