import Foundation
import Tensors

extension LabelledReader {
  /// A table with a column of labels.
  func readTable(_ classes: [String]?) throws -> Result {
    let column = try labels ?? labelColumn()
    let table = try CSV.read(from: url, labels: .named(column))
    guard table.values.shape[0] > 0, table.values.shape[1] > 0 else {
      throw FileError(url, "there are no rows of numbers in it", "give a table with some")
    }
    let names = classes ?? table.classes
    let indices = try table.labelIndices(in: names)
    var values = table.values.cast(to: .float32)
    var shape = [table.columns.count]
    var remarks: [String] = []
    // Tables of images, one pixel a column.
    if table.columns.allSatisfy({ $0.lowercased().hasPrefix("pixel") }) {
      let side = Int(Double(table.columns.count).squareRoot().rounded())
      if side * side == table.columns.count { shape = [1, side, side] }
      if values.minimum().doubleValue >= 0, values.maximum().doubleValue > 1 {
        values = values / 255
        remarks.append("pixels divided by 255")
      }
    }
    let data = LabelledData(
      inputs: values,
      labels: indices,
      classes: names,
      shape: shape,
      remarks: remarks
    )
    return (data, nil, [path])
  }

  /// The column that is called what columns of labels usually are.
  private func labelColumn() throws -> String {
    // Nothing is read as a number here.
    let reader = try CSVReader(url, options: CSV.Options(header: .present, nonFinite: .kept))
    let usual = ["label", "class", "target", "species", "y"]
    guard let column = reader.columns.first(where: { usual.contains($0.lowercased()) }) else {
      throw FileError(
        url,
        "no column is called label",
        "name the column of the classes with --labels; there are "
          + reader.columns.prefix(8).joined(separator: ", ")
      )
    }
    return column
  }
}
