import Foundation

/// Named arrays of draws, as NumPy archives and JSON hold them, taken apart into chains of rows.
///
/// Every array is `[chains, draws, …]` as ArviZ has it, or `[draws, …]`; ``DrawAxes`` decides.
struct DrawArrays {
  /// An array with its numbers in row-major order.
  struct Member {
    let name: String
    let shape: [Int]
    let values: [Double]

    init(name: String, shape: [Int], values: [Double]) {
      // ArviZ's names of the sampler's own variables.
      self.name = ["diverging": "divergent__", "lp": "lp__"][name] ?? name
      (self.shape, self.values) = (shape, values)
    }
  }

  let path: String
  private(set) var members: [Member] = []
  /// Members that hold no draws, with the reason.
  private(set) var leftOut: [String: String] = [:]
  /// What else people should know of the file.
  private(set) var remarks: [String] = []

  /// Whether there was no array of any kind.
  var isEmpty: Bool { members.isEmpty && leftOut.isEmpty }

  init(_ path: String) { self.path = path }

  mutating func add(_ name: String, _ array: () throws -> Member) {
    do {
      let member = try array()
      if member.shape.isEmpty {
        leftOut[name] = "\(path): \(name) is a single number, not an array of draws"
      } else if member.values.isEmpty {
        leftOut[name] = "\(path): \(name) holds no numbers"
      } else {
        members.append(member)
      }
    } catch {
      leftOut[name] = "\(error)"
    }
  }

  /// Adds what the groups of ArviZ's InferenceData have of draws: the posterior, what it predicts and
  /// which draws diverged. Of two variables of one name, that of the later group is `group/name`.
  ///
  /// - Parameters:
  ///   - groups: The variables by name of each group by name.
  ///   - read: The array of a variable, `[chains, draws, …]`.
  mutating func add<Variable>(
    groups: [String: [String: Variable]],
    _ read: (String, Variable) throws -> Member
  ) {
    let path = path
    var shape: [Int]?
    func checked(_ name: String, _ variable: Variable) throws -> Member {
      let member = try read(name, variable)
      let own = Array(member.shape.prefix(2))
      guard own == shape ?? own, own.count == 2 else {
        throw DrawError(
          "\(path): \(name) is not of as many chains and draws as the posterior; write what belongs "
            + "together into a file of its own"
        )
      }
      shape = own
      return member
    }
    let divergences = groups["sample_stats"]?.filter { $0.key == "diverging" }
    for (group, variables) in [
      ("posterior", groups["posterior"]),
      ("posterior_predictive", groups["posterior_predictive"]),
      ("predictions", groups["predictions"]), ("sample_stats", divergences),
    ] {
      let taken = Set(members.map(\.name) + leftOut.keys)
      for (name, variable) in (variables ?? [:]).sorted(by: { $0.key < $1.key }) {
        let name = taken.contains(name) ? "\(group)/\(name)" : name
        add(name) { try checked(name, variable) }
      }
    }
    if let group = groups.keys.filter({ $0.hasPrefix("warmup_") }).min() {
      remarks.append("the warm-up that is in \(path) (\(group)) is left out")
    }
  }

  /// - Parameter length: How many numbers a variable has, where it is known.
  func rows(_ axes: DrawAxes, length: Int?) throws -> [ArrayRows] {
    let members = members.sorted { $0.name < $1.name }
    guard let first = members.first else {
      let reason = leftOut.min { $0.key < $1.key }?.value
      throw DrawError("\(path) holds no draws" + (reason.map { " (\($0))" } ?? ""))
    }
    let (hasChains, guess) = try axes.haveChains(members, length: length, of: path)
    let (chains, count) = hasChains ? (first.shape[0], first.shape[1]) : (1, first.shape[0])
    if let odd = members.first(where: { !hasChains && $0.shape[0] != count }) {
      throw DrawError(
        "\(path): \(odd.name) has \(odd.shape[0]) draws where \(first.name) has \(count); every "
          + "array must be [chains, draws, …] or [draws, …]"
      )
    }
    var names: [String] = []
    var sources: [(member: Int, offset: Int, width: Int)] = []
    for (index, member) in members.enumerated() {
      let shape = Array(member.shape.dropFirst(hasChains ? 2 : 1))
      let width = shape.reduce(1, *)
      for element in 0..<width {
        names.append(member.name + Self.subscripts(element, shape))
        sources.append((index, element, width))
      }
    }
    let columns = try DrawColumns(names, of: path, leftOut: leftOut)
    var remarks = remarks + (guess.map { [$0] } ?? [])
    if !leftOut.isEmpty {
      remarks.append(
        "left out of \(path), as no draws: \(leftOut.keys.sorted().joined(separator: ", "))"
      )
    }
    return (0..<chains).map { chain in
      var values: [Double] = []
      values.reserveCapacity(count * names.count)
      for draw in 0..<count {
        for source in sources {
          let place = (chain * count + draw) * source.width + source.offset
          values.append(members[source.member].values[place])
        }
      }
      return ArrayRows(
        path,
        columns,
        chain: chain,
        values: values,
        remarks: chain == 0 ? remarks : []
      )
    }
  }

  /// `[2,3]` for an element of an array in row-major order; nothing for single numbers.
  private static func subscripts(_ element: Int, _ shape: [Int]) -> String {
    guard !shape.isEmpty else { return "" }
    var rest = element
    var index: [Int] = []
    for length in shape.reversed() {
      index.insert(rest % length, at: 0)
      rest /= length
    }
    return "[\(index.map(String.init).joined(separator: ","))]"
  }
}
