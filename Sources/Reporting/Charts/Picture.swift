import Foundation

/// A picture of pixels, such as a sheet of images, as a chart with a title.
public struct Picture: Chart, Hashable {
  public var title: String
  /// A PNG file.
  public var png: [UInt8]

  public init(title: String, png: [UInt8]) {
    precondition(
      png.count > 24 && png[1...3].elementsEqual("PNG".utf8),
      "Picture '\(title)': these \(png.count) bytes are no PNG file"
    )
    (self.title, self.png) = (title, png)
  }

  /// Width and height in pixels, which a PNG file begins with.
  var size: (width: Double, height: Double) {
    func number(_ start: Int) -> Double {
      Double(png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) })
    }
    return (number(16), number(20))
  }

  /// The file in the form of an address.
  var address: String { "data:image/png;base64," + Data(png).base64EncodedString() }

  public var svg: String {
    let size = size
    // As wide as it has pixels, but within the width of other charts.
    let scale = min(1, 620 / size.width)
    let (width, height) = (size.width * scale, size.height * scale)
    var svg = SVG(width: max(width, 200) + 20, height: height + 44)
    svg.text(title, 10, 22, "title")
    svg.image(address, 10, 34, width, height)
    return svg.document(title: title)
  }
}
