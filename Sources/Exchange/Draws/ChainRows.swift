import Foundation

/// The draws of one chain in a table that holds several and tells them apart by a column, such as
/// `.chain` of R's posterior or `chain__` of CmdStanPy.
final class ChainRows: DrawRows {
  private let table: DrawTable
  private let column: Int
  private let chain: Double
  let promisedCount: Int?
  let remarks: [String]

  var path: String { table.path }
  var columns: DrawColumns { table.columns }
  var place: String { table.place }

  /// No more chains are told apart: what has more is no column of chains.
  private static let most = 1_024

  private init(_ table: DrawTable, column: Int, _ chain: Double, count: Int, remarks: [String]) {
    (self.table, self.column, self.chain) = (table, column, chain)
    (promisedCount, self.remarks) = (count, remarks)
  }

  /// Reads the table once to see which chains there are; each is then read on its own.
  static func rows(_ path: String, _ column: Int, mayBeIncomplete: Bool) throws -> [ChainRows] {
    let table = try DrawTable(path, mayBeIncomplete: mayBeIncomplete)
    let name = table.columns.names[column]
    var counts: [(chain: Double, count: Int)] = []
    while let row = try table.next() {
      if let index = counts.firstIndex(where: { $0.chain == row[column] }) {
        counts[index].count += 1
        continue
      }
      guard row[column].isFinite, counts.count < most else {
        throw DrawError(
          "\(table.place): \(name) is not the number of a chain; rename the column if it is a variable"
        )
      }
      counts.append((row[column], 1))
    }
    try table.checkCount(mayBeIncomplete: mayBeIncomplete)
    guard !counts.isEmpty else { throw DrawError("\(path) holds no draws") }
    let remark =
      "the column \(name) of \(path) is taken for the number of the chain: \(counts.count) of them"
    return try counts.enumerated().map { index, entry in
      let own = try DrawTable(path, mayBeIncomplete: mayBeIncomplete)
      return ChainRows(
        own,
        column: column,
        entry.chain,
        count: entry.count,
        remarks: index == 0 ? own.remarks + [remark] : []
      )
    }
  }

  func next() throws -> [Double]? {
    while let row = try table.next() { if row[column] == chain { return row } }
    return nil
  }

  func checkCount(mayBeIncomplete: Bool) {}
}
