import Foundation
import Tensors

extension LabelledReader {
  /// A table with a column of labels.
  func readTable(_ classes: [String]?) throws -> Result {
    let header = CSV.Header(source.header)
    let choice = try TableChoice(url, header, labels: labels, source, like: like)
    let table = try CSV.read(
      from: url,
      labels: .named(choice.label),
      options: CSV.Options(header: header, ignoring: choice.ignored.map { .named($0) })
    )
    guard table.values.shape[0] > 0, table.values.shape[1] > 0 else {
      throw FileError(url, "there are no rows of numbers in it", "give a table with some")
    }
    let names = classes ?? table.classes
    let indices = try table.labelIndices(in: names)
    let values = choice.arranged(table)
    let columns = table.hasHeader ? choice.inputs ?? table.columns : nil
    let wide = try arranged(values, columns)
    let lost = SingleRounding.remark(wide, names: like?.columns ?? columns)
    let numbers = wide.cast(to: .float32)
    guard numbers.isAllFinite else {
      throw FileError(url, "it holds numbers beyond 3.4e38", "scale its columns")
    }
    // Tables of images, one pixel a column.
    let arePixels = InputDivision.arePixels(table.columns)
    let side = Int(Double(table.columns.count).squareRoot().rounded())
    let isSquare = arePixels && side * side == table.columns.count
    let division = InputDivision(
      of: numbers,
      areBytes: false,
      arePixels: arePixels,
      asked: source.divisor
    )
    let isByPlace = labels.map { $0 != choice.label } ?? false
    let place = isByPlace ? ["labels from column '\(choice.label)'"] : []
    let data = LabelledData(
      inputs: division.apply(to: numbers),
      labels: indices,
      classes: names,
      shape: isSquare ? [1, side, side] : [table.columns.count],
      divisor: division.divisor,
      columns: like?.columns ?? columns,
      remarks: table.remarks + place + [division.remark] + (lost.map { [$0] } ?? [])
    )
    return (data, nil, [path])
  }

  /// The columns in the order of the table that this one belongs to.
  private func arranged(_ values: Tensor, _ columns: [String]?) throws -> Tensor {
    guard let like, like.columns != columns else { return values }
    guard let wanted = like.columns, let columns else {
      throw FileError(
        url,
        "it has \(columns == nil ? "no" : "a") line of names, unlike the table to learn from",
        "write both alike, or say with --header whether there is one"
      )
    }
    let missing = wanted.filter { !columns.contains($0) }
    let others = columns.filter { !wanted.contains($0) }
    guard missing.isEmpty, others.isEmpty else {
      func list(_ names: [String]) -> String {
        names.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 5 ? ", …" : "")
      }
      let lacks = missing.isEmpty ? [] : ["lacks \(list(missing))"]
      let has = others.isEmpty ? [] : ["has \(list(others)) besides"]
      throw FileError(
        url,
        "its columns are not those to learn from: it " + (lacks + has).joined(separator: " and "),
        "give two parts of the same data"
      )
    }
    let order = wanted.map { columns.firstIndex(of: $0)! }
    return values.transposed()[rows: Tensor(order)].transposed().contiguous
  }
}
