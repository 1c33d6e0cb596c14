/// Which axes of arrays of draws come first.
public enum DrawAxes: String, Codable, Sendable, CaseIterable {
  /// As names and conventions say.
  case automatic
  /// `[chains, draws, …]`, as ArviZ has it.
  case chainsFirst = "chain,draw"
  /// `[draws, …]`.
  case drawsFirst = "draw"

  /// More chains than these are rare, so that they are not guessed.
  private static let usualChains = 16

  /// Whether chains come first, and a remark where that is a guess.
  ///
  /// - Parameter length: How many numbers a variable has, where it is known.
  /// - Throws: ``DrawError`` where both readings are as likely.
  func haveChains(
    _ members: [DrawArrays.Member],
    length: Int?,
    of path: String
  ) throws -> (chains: Bool, remark: String?) {
    let shapes = members.map(\.shape)
    let leading = Array(shapes[0].prefix(2))
    let agree = leading.count == 2 && shapes.allSatisfy { Array($0.prefix(2)) == leading }
    switch self {
    case .drawsFirst: return (false, nil)
    case .chainsFirst:
      guard agree else {
        throw DrawError(
          "\(path): the arrays do not begin with the same numbers of chains and draws: use --axes draw"
        )
      }
      return (true, nil)
    case .automatic: break
    }
    guard agree else { return (false, nil) }
    // A number of the sampler's own in each draw leaves no other reading of two axes.
    if members.contains(where: { $0.name.hasSuffix("__") && $0.shape.count == 2 }) {
      return (true, nil)
    }
    if let length {
      let asChains = shapes.contains { ($0.count == 2 ? [1] : $0.dropFirst(2)).contains(length) }
      let asDraws = shapes.contains { $0.dropFirst().contains(length) }
      if asChains != asDraws { return (asChains, remark(asChains, shapes[0], path)) }
    }
    if leading[0] >= leading[1] { return (false, remark(false, shapes[0], path)) }
    guard leading[0] <= Self.usualChains else {
      throw DrawError(
        "\(path): arrays of shape \(shapes[0]) may be \(leading[0]) chains of \(leading[1]) draws or "
          + "\(leading[0]) draws: say --axes chain,draw or --axes draw"
      )
    }
    return (true, remark(true, shapes[0], path))
  }

  private func remark(_ chains: Bool, _ shape: [Int], _ path: String) -> String {
    let reading = chains ? "\(shape[0]) chains of \(shape[1]) draws" : "\(shape[0]) draws"
    let other = chains ? DrawAxes.drawsFirst : .chainsFirst
    return
      "\(path): arrays of shape \(shape) are taken for \(reading); if they are not, say --axes "
      + other.rawValue
  }
}
