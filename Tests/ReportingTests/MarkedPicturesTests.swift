import Foundation
import Testing

@testable import Reporting

@Suite struct MarkedPicturesTests {
  /// The head of a PNG file of 20 × 10 pixels, which is all that is looked at.
  private static let picture = Picture(
    title: "p",
    png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
      + [0, 0, 0, 20, 0, 0, 0, 10] + [8, 0, 0, 0, 0]
  )

  @Test func marksLieOnTheirPictures() throws {
    let mark = MarkedPictures.Mark(left: 2, top: 1, right: 12, bottom: 6, text: "shirt <0.9> &")
    let chart = MarkedPictures(
      title: "found",
      columns: ["truth", "student"],
      pictures: [Self.picture, Self.picture],
      marks: [[[mark], []], [[mark, mark], [mark]]],
      width: 100
    )
    let elements = try #require(Elements.of(chart.svg))
    let images = elements.filter { $0.name == "image" }
    #expect(images.count == 4)
    #expect(
      images.allSatisfy { $0.attributes["width"] == "100" && $0.attributes["height"] == "50" }
    )
    let lines = elements.filter { $0.name == "polyline" }
    #expect(lines.count == 4)
    // Five times as large, from the first picture's corner on.
    let (x, y) = (
      Double(images[0].attributes["x"]!)!, Double(images[0].attributes["y"]!)!
    )
    let corners = lines[0].attributes["points"]!.split(separator: " ").map { corner in
      corner.split(separator: ",").map { Double($0)! }
    }
    #expect(corners[0] == [x + 10, y + 5] && corners[2] == [x + 60, y + 30])
    #expect(elements.filter { $0.text == "shirt <0.9> &" }.count == 4)
    #expect(elements.filter { $0.text == "truth" || $0.text == "student" }.count == 2)
    // The second column lies beside the first, the second row below.
    #expect(Double(images[1].attributes["x"]!)! >= x + 100)
    #expect(Double(images[2].attributes["y"]!)! >= y + 50)
  }
}
