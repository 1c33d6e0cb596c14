import Foundation

/// Draws in files: CmdStan's CSV or any CSV with a header (also packed by gzip), read one row at a
/// time; coda's files of JAGS and BUGS; NumPy archives and JSON as ArviZ writes it, whose arrays are
/// `[chains, draws, …]` or `[draws, …]`.
///
/// ```swift
/// let file = try DrawFile(["chain-1.csv", "chain-2.csv"], variables: ["beta"])
/// while let draw = try file.next() { use(draw) }
/// ```
///
/// Tables may be larger than memory; `-` is standard input. Of several chains, each a file of text
/// or told apart by a column such as `.chain`, rows come in turn; all must have the same columns. Lines that begin with `#` are comments;
/// CmdStan's say how many rows of warm-up were saved, which are passed over, and how many draws there
/// must be. Every problem is one sentence that names file and row.
public final class DrawFile {
  /// What to do with draws after which the sampler reported a divergence.
  public enum Divergences: String, Codable, Sendable, CaseIterable {
    /// They are draws; ``DrawFile/divergences`` counts them.
    case keep
    /// They are passed over.
    case drop
    /// The first one is an error.
    case refuse
  }

  public let paths: [String]
  public let columns: DrawColumns
  /// The columns that draws are made of, in order.
  public let selection: [Int]
  /// Rows that were marked divergent so far.
  public private(set) var divergences = 0
  /// Draws given so far.
  public private(set) var count = 0
  private let handling: Divergences
  private let opening: DrawOpening
  private var tables: [any DrawRows]
  private var turn = 0
  /// Which of the chains still open each table is.
  private var chains: [Int]
  /// How many chains there are.
  public let chainCount: Int
  /// The chain of the latest draw, from 0.
  public private(set) var latestChain = 0

  /// How many draws all chains will give, where the files say so; warm-up and divergent draws that
  /// are passed over not taken into account.
  public let promisedCount: Int?

  /// What was guessed of the files' meaning, a sentence each, for people to see.
  public let remarks: [String]

  /// - Parameters:
  ///   - paths: One file for each chain; `-` is standard input.
  ///   - variables: Those that draws are made of, in order, arrays in row-major order. The default
  ///     is all but the sampler's own.
  ///   - divergences: The default keeps divergent draws and counts them.
  ///   - mayBeIncomplete: Whether a file may end before the number of draws that its comments
  ///     promise, as that of a sampler that is still running; an unfinished last line is no draw.
  ///   - axes: Which axes of arrays are chains and draws.
  ///   - length: How many numbers a variable has, such as the number of inputs, where that is known:
  ///     it tells the axes of arrays apart.
  /// - Throws: ``DrawError``, and what says in one sentence why a file cannot be read.
  public convenience init(
    _ paths: [String],
    variables: [String]? = nil,
    divergences: Divergences = .keep,
    mayBeIncomplete: Bool = false,
    axes: DrawAxes = .automatic,
    length: Int? = nil
  ) throws {
    try self.init(
      paths,
      divergences: divergences,
      mayBeIncomplete: mayBeIncomplete,
      axes: axes,
      length: length
    ) { _ in variables }
  }

  /// - Parameters:
  ///   - isCancelled: Asked again and again while a pipe has nothing to read: whether to give up, with
  ///     `BytesInTurn.Cancelled`. The default waits for ever.
  ///   - choose: The variables that draws are made of, in order, given the columns; nil for all but
  ///     the sampler's own. Standard input can be read once only: what is chosen may depend on what
  ///     there is.
  public init(
    _ paths: [String],
    divergences: Divergences = .keep,
    mayBeIncomplete: Bool = false,
    axes: DrawAxes = .automatic,
    length: Int? = nil,
    isCancelled: @escaping () -> Bool = { false },
    choosing choose: (DrawColumns) throws -> [String]?
  ) throws {
    guard let first = paths.first else { throw DrawError("no files of draws were named") }
    self.paths = paths
    handling = divergences
    let opening = DrawOpening(
      mayBeIncomplete: mayBeIncomplete,
      axes: axes,
      length: length,
      isCancelled: isCancelled
    )
    self.opening = opening
    tables = try paths.flatMap(opening.rows)
    remarks = tables.flatMap(\.remarks)
    columns = tables[0].columns
    chainCount = tables.count
    let counts = tables.compactMap(\.promisedCount)
    promisedCount = counts.count == tables.count ? counts.reduce(0, +) : nil
    chains = Array(tables.indices)
    for table in tables where table.columns.names != columns.names {
      throw DrawError(
        "\(table.path) has other columns than \(first): all chains must be of one model"
      )
    }
    selection =
      try choose(columns).map { [columns] in try columns.columns(of: $0) }
      ?? columns.variables.flatMap(\.columns)
    guard !selection.isEmpty else {
      throw DrawError("\(first) has no variables besides the sampler's own")
    }
  }

  public convenience init(
    _ path: String,
    variables: [String]? = nil,
    divergences: Divergences = .keep,
    mayBeIncomplete: Bool = false,
    axes: DrawAxes = .automatic,
    length: Int? = nil
  ) throws {
    try self.init(
      [path],
      variables: variables,
      divergences: divergences,
      mayBeIncomplete: mayBeIncomplete,
      axes: axes,
      length: length
    )
  }

  /// The next draw, of each chain in turn; nil when every chain has ended.
  public func next() throws -> [Double]? {
    while !tables.isEmpty {
      if turn >= tables.count { turn = 0 }
      let table = tables[turn]
      guard let row = try table.next() else {
        try table.checkCount(mayBeIncomplete: opening.mayBeIncomplete)
        tables.remove(at: turn)
        chains.remove(at: turn)
        continue
      }
      if let column = columns.sampler["divergent__"], row[column] != 0 {
        divergences += 1
        switch handling {
        case .keep: break
        case .drop: continue
        case .refuse:
          throw DrawError(
            "\(table.place) is a divergent draw: run the sampler with smaller steps, or say to "
              + "keep or drop such draws"
          )
        }
      }
      latestChain = chains[turn]
      turn += 1
      count += 1
      return try selection.map { column in
        guard row[column].isFinite else {
          throw DrawError(
            "\(table.place) has \(row[column]) for \(columns.names[column]): a draw must be finite"
          )
        }
        return row[column]
      }
    }
    return nil
  }

  /// Whether the draws can be read again, unlike those of standard input and pipes.
  public var canBeReadAgain: Bool { paths.allSatisfy(DrawFormat.isRegular) }

  public func restart() throws {
    guard !paths.contains("-") else {
      throw DrawError("draws from standard input cannot be read twice: save them to a file")
    }
    tables = try paths.flatMap(opening.rows)
    chains = Array(tables.indices)
    (turn, count, divergences) = (0, 0, 0)
  }

  /// What may be kept in memory of the files; nil for streams, whose size nobody knows.
  package var bound: MemoryBound? {
    guard canBeReadAgain else { return nil }
    let files = paths.map { URL(fileURLWithPath: $0) }
    let sizes = files.map { (try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0 }
    return MemoryBound(files[0], fileBytes: sizes.reduce(0, +))
  }
}
