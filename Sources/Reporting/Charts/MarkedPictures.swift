/// Pictures in rows and columns with rectangles on them, such as what detectors find beside what is
/// there.
public struct MarkedPictures: Chart, Hashable {
  /// A rectangle, in pixels of its picture.
  public struct Mark: Hashable, Sendable {
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double
    /// What stands in its corner.
    public var text: String

    public init(left: Double, top: Double, right: Double, bottom: Double, text: String) {
      (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
      self.text = text
    }
  }

  public var title: String
  /// What stands above the pictures of a row.
  public var columns: [String]
  public var pictures: [Picture]
  /// What is marked, `[row][column]`, on the picture of the row.
  public var marks: [[[Mark]]]
  /// How wide a picture is drawn.
  public var width: Double

  public init(
    title: String,
    columns: [String],
    pictures: [Picture],
    marks: [[[Mark]]],
    width: Double = 190
  ) {
    precondition(
      pictures.count == marks.count && marks.allSatisfy { $0.count == columns.count },
      "MarkedPictures '\(title)': marks must be of \(pictures.count) rows and \(columns.count) "
        + "columns"
    )
    (self.title, self.columns, self.width) = (title, columns, width)
    (self.pictures, self.marks) = (pictures, marks)
  }

  private static let gap = 8.0
  private static let top = 54.0

  public var svg: String {
    let heights = pictures.map { width * $0.size.height / $0.size.width }
    var svg = SVG(
      width: Self.gap + (width + Self.gap) * Double(columns.count),
      height: Self.top + heights.reduce(0) { $0 + $1 + Self.gap }
    )
    svg.text(title, Self.gap, 22, "title")
    func left(_ column: Int) -> Double { Self.gap + (width + Self.gap) * Double(column) }
    for (column, name) in columns.enumerated() { svg.text(name, left(column), Self.top - 8) }
    var top = Self.top
    for (row, picture) in pictures.enumerated() {
      let scale = width / picture.size.width
      for (column, marks) in marks[row].enumerated() {
        svg.image(picture.address, left(column), top, width, heights[row])
        for mark in marks {
          let (x, y) = (left(column) + mark.left * scale, top + mark.top * scale)
          let (right, bottom) = (left(column) + mark.right * scale, top + mark.bottom * scale)
          svg.polyline(
            [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)],
            "l\(column % 6)"
          )
          svg.text(mark.text, x + 3, min(y + 10, top + heights[row] - 3), "mark")
        }
      }
      top += heights[row] + Self.gap
    }
    return svg.document(title: title)
  }
}
