/// The draws of one chain, all columns of them.
protocol DrawRows: AnyObject {
  /// The file they are in.
  var path: String { get }
  var columns: DrawColumns { get }
  /// Where the latest row is, for sentences: `chain.csv, line 57 (draw 12)`.
  var place: String { get }
  /// How many draws there will be, where the file says so.
  var promisedCount: Int? { get }
  /// What was guessed of the file, a sentence each.
  var remarks: [String] { get }
  /// The next draw; nil at the end.
  func next() throws -> [Double]?
  /// - Throws: When the file ended before the draws that it promises, or after more.
  func checkCount(mayBeIncomplete: Bool) throws
}

/// Draws that are in memory as a whole.
final class ArrayRows: DrawRows {
  let path: String
  let columns: DrawColumns
  private let chain: Int
  private let count: Int
  /// Each column's numbers: where they are in the flat array, and the flat array.
  private let values: [Double]
  private var row = 0

  var place: String { "\(path), chain \(chain + 1), draw \(row)" }
  var promisedCount: Int? { count }
  let remarks: [String]

  /// - Parameter values: `[count, columns]`, flat; there must be a column.
  init(
    _ path: String,
    _ columns: DrawColumns,
    chain: Int,
    values: [Double],
    remarks: [String] = []
  ) {
    self.path = path
    self.remarks = remarks
    self.columns = columns
    self.chain = chain
    self.values = values
    count = values.count / columns.names.count
  }

  func next() -> [Double]? {
    guard row < count else { return nil }
    defer { row += 1 }
    let width = columns.names.count
    return Array(values[(row * width)..<((row + 1) * width)])
  }

  func checkCount(mayBeIncomplete: Bool) {}
}
