/// What the columns of a table of draws are: arrays, whose elements are named `beta[2,3]`, `beta.2.3`
/// or `beta`.
public struct DrawColumns: Sendable, Hashable {
  /// One variable of a model.
  public struct Variable: Sendable, Hashable {
    public let name: String
    /// The lengths of its axes; empty for a single number.
    public let shape: [Int]
    /// The column of each element in row-major order, whatever the order of the file.
    public let columns: [Int]
  }

  /// The names as they are in the file.
  public let names: [String]
  /// The variables in the order of their first columns, those of the sampler itself (`lp__`)
  /// excepted.
  public let variables: [Variable]
  /// The column of the sampler's own variables by name, such as `divergent__`, and of the numbers of
  /// chains, iterations and draws.
  public let sampler: [String: Int]
  /// Arrays of the file that hold no draws, with the reason.
  let leftOut: [String: String]

  /// The column that holds the number of the chain, where several are in one table.
  var chain: Int? {
    sampler.first { Self.bookkeeping[$0.key.lowercased()] == true }?.value
  }

  /// Columns that R's posterior and coda, CmdStanPy and ArviZ write beside the variables, in lower
  /// case; whether they hold the chain.
  private static let bookkeeping = [
    ".chain": true, "chain__": true, "chain": true, ".iteration": false, ".draw": false,
    "iter__": false, "draw__": false,
  ]
  /// Those that are variables where there is no column of chains.
  private static let besideChains: Set = ["draw", "iteration", "iter"]

  /// - Throws: ``DrawError`` for names that are empty or double, and for arrays with gaps.
  public init(_ names: [String], of source: String = "the table") throws {
    try self.init(names, of: source, leftOut: [:])
  }

  init(_ names: [String], of source: String, leftOut: [String: String]) throws {
    (self.names, self.leftOut) = (names, leftOut)
    let hasChains = names.contains { Self.bookkeeping[$0.lowercased()] == true }
    var elements: [String: [(index: [Int], column: Int)]] = [:]
    var order: [String] = []
    var sampler: [String: Int] = [:]
    for (column, name) in names.enumerated() {
      guard !name.isEmpty else {
        throw DrawError(
          "column \(column + 1) of \(source) has no name: the header is damaged"
        )
      }
      let lower = name.lowercased()
      if name.hasSuffix("__") || Self.bookkeeping[lower] != nil
        || hasChains && Self.besideChains.contains(lower)
      {
        guard sampler.updateValue(column, forKey: name) == nil else {
          throw Self.double(name, source)
        }
        continue
      }
      let (base, index) = Self.parsed(name)
      if elements[base] == nil { order.append(base) }
      elements[base, default: []].append((index, column))
    }
    self.sampler = sampler
    variables = try order.map { try Self.variable($0, elements[$0]!, source) }
  }

  /// The variable of a name.
  ///
  /// - Throws: ``DrawError`` that lists those there are, the most similar name first.
  public func variable(_ name: String) throws -> Variable {
    guard let found = variables.first(where: { $0.name == name }) else {
      if let reason = leftOut[name] { throw DrawError(reason) }
      throw DrawError(
        "there is no variable \(name) among the draws"
          + NearNames.hint(for: name, among: variables.map(\.name))
      )
    }
    return found
  }

  /// The columns of several variables, one after another.
  public func columns(of names: [String]) throws -> [Int] {
    try names.flatMap { try variable($0).columns }
  }

  /// Whether there is a variable of a name.
  public func contains(_ name: String) -> Bool { variables.contains { $0.name == name } }

  private static func double(_ name: String, _ source: String) -> DrawError {
    DrawError("the column \(name) is twice in \(source): each must have a name of its own")
  }

  /// `beta[2,3]` and `beta.2.3` as beta and (2, 3).
  private static func parsed(_ name: String) -> (base: String, index: [Int]) {
    if name.hasSuffix("]"), let open = name.firstIndex(of: "[") {
      let parts = name[name.index(after: open)..<name.index(before: name.endIndex)]
        .split(separator: ",", omittingEmptySubsequences: false)
      let index = parts.compactMap { Int($0.drop { $0 == " " }) }
      if index.count == parts.count { return (String(name[..<open]), index) }
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let index = parts.dropFirst().compactMap { Int($0) }
    if parts.count > 1, index.count == parts.count - 1, !parts[0].isEmpty {
      return (String(parts[0]), index)
    }
    return (name, [])
  }

  private static func variable(
    _ name: String,
    _ elements: [(index: [Int], column: Int)],
    _ source: String
  ) throws -> Variable {
    let rank = elements[0].index.count
    guard elements.allSatisfy({ $0.index.count == rank }) else {
      throw DrawError("the columns of \(name) in \(source) have different numbers of indices")
    }
    guard elements.allSatisfy({ $0.index.allSatisfy { (0..<1 << 40).contains($0) } }) else {
      throw DrawError("the columns of \(name) in \(source) have indices that no array has")
    }
    // Programs count from 1 or from 0: the least index says which.
    let first = (0..<rank).map { axis in elements.map { $0.index[axis] }.min()! }
    let shape = (0..<rank).map { axis in
      elements.map { $0.index[axis] }.max()! - first[axis] + 1
    }
    var columns = [Int?](repeating: nil, count: elements.count)
    for element in elements {
      var place = 0
      for axis in 0..<rank {
        let next = place.multipliedReportingOverflow(by: shape[axis])
        let sum = next.partialValue.addingReportingOverflow(element.index[axis] - first[axis])
        place = next.overflow || sum.overflow ? Int.max : sum.partialValue
      }
      guard place < columns.count else { continue }
      guard columns[place] == nil else { throw double(name, source) }
      columns[place] = element.column
    }
    guard !columns.contains(nil) else {
      throw DrawError("the array \(name) in \(source) has gaps: some elements have no column")
    }
    return Variable(name: name, shape: shape, columns: columns.map { $0! })
  }
}
