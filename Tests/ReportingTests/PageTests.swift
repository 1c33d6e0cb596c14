import Foundation
import Tensors
import Testing

@testable import Reporting

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Every element of a document with its attributes; nil when it is not well-formed.
final class Elements: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""
  }
  private(set) var all: [Element] = []
  private var open: [Int] = []

  static func of(_ document: String) -> [Element]? {
    let parser = XMLParser(data: Data(document.utf8))
    let elements = Elements()
    parser.delegate = elements
    return parser.parse() ? elements.all : nil
  }

  func parser(
    _ parser: XMLParser,
    didStartElement name: String,
    namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(all.count)
    all.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { all[last].text += string }
  }

  func parser(
    _ parser: XMLParser,
    didEndElement name: String,
    namespaceURI: String?,
    qualifiedName: String?
  ) {
    open.removeLast()
  }
}

@Suite struct PageTests {
  private static let nasty = "a <b> & \"c\" 'd' ± µ \u{1} </svg>"
  private static let charts: [any Chart] = [
    LineChart(
      title: nasty,
      x: Axis(nasty, scale: .logarithmic),
      y: Axis("y"),
      lines: [
        LineChart.Line(
          nasty,
          [.init(x: 1, y: 0, error: 1), .init(x: 100, y: 4), .init(x: -1, y: 2)]
        ),
        LineChart.Line("second", [.init(x: 10, y: .nan), .init(x: 10, y: 3, error: .infinity)]),
      ]
    ),
    LineChart(title: "empty", x: Axis("x"), y: Axis("y"), lines: []),
    LineChart(
      title: "one point",
      x: Axis("x", scale: .logarithmic),
      y: Axis("y", scale: .logarithmic),
      lines: [LineChart.Line("a", [.init(x: 1e-9, y: 1e20)])]
    ),
    ScatterChart(
      title: "scatter",
      x: Axis("x"),
      y: Axis("y"),
      groups: [.init("a", [.init(x: 0, y: 0), .init(x: 10, y: 5)])],
      showsDiagonal: true
    ),
    ReliabilityDiagram(
      title: "reliability",
      models: [
        .init(
          nasty,
          Calibration(confidences: Tensor([0.2, 0.9]), correctness: Tensor([0.0, 1]))
        )
      ]
    ),
    BarChart(
      title: "bars",
      y: Axis("y"),
      bars: [.init(nasty, value: 2, error: 0.5), .init("b", value: -1)]
    ),
    Picture(
      title: nasty,
      png: Array("\u{1}PNG............".utf8) + [0, 0, 0, 3, 0, 0, 0, 20, 0]
    ),
    IntervalChart(
      title: nasty,
      x: Axis(nasty),
      rows: [
        .init(nasty, value: 1, lower: -.infinity, upper: 2),
        .init("b", value: .nan, lower: 0, upper: .infinity),
      ],
      reference: 1.5
    ),
    IntervalChart(title: "empty", x: Axis("x"), rows: []),
    HeatMap(
      title: nasty,
      x: Axis("x", range: 0...3),
      y: Axis("y", range: 0...2),
      values: [[0, 1, 2], [.nan, 1, 4]],
      contours: [0.5, 3],
      points: [.init(nasty, [.init(x: 0, y: 2), .init(x: 9, y: 9)])]
    ),
    LineChart(
      title: "marks",
      x: Axis("x", range: 0...1),
      y: Axis("y"),
      lines: [LineChart.Line("a", [.init(x: 0, y: 1), .init(x: 1, y: 2)])],
      hasDots: false,
      marks: [0.5, 7]
    ),
  ]

  @Test(arguments: 0..<11) func chartsAreWellFormed(index: Int) throws {
    let chart = Self.charts[index]
    let elements = try #require(Elements.of(chart.svg))
    #expect(elements[0].name == "svg")
    #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf"))
    for element in elements {
      for name in ["x", "y", "cx", "cy", "x1", "x2", "y1", "y2"] {
        guard let text = element.attributes[name] else { continue }
        #expect((0...640).contains(try #require(Double(text))), "\(element)")
      }
    }
  }

  @Test func pointsLieWhereTheyBelong() throws {
    let elements = try #require(Elements.of(Self.charts[0].svg))
    let circles = elements.filter { $0.name == "circle" }
    // x = 1 and 100 are the ends of the axis (70, 620), 10 its middle; y runs from −1 (340) to 4
    // (40); the point at x = −1 cannot be drawn on a logarithmic axis, the NaN nowhere.
    #expect(circles.map { $0.attributes["cx"] } == ["70", "620", "345"])
    #expect(circles.map { $0.attributes["cy"] } == ["280", "40", "100"])
    let line = try #require(elements.first { $0.name == "polyline" })
    #expect(line.attributes["points"] == "70,280 620,40")
    let bar = try #require(elements.first { $0.attributes["class"] == "e0" })
    #expect(bar.attributes["y1"] == "340" && bar.attributes["y2"] == "220")
    let marks = elements.filter { $0.name == "text" }.map(\.text)
    for mark in ["1", "10", "100", "-1", "0", "4"] { #expect(marks.contains(mark)) }
  }

  /// A cell for every colour in a row, the first row at the bottom, the colours of both ends.
  @Test func cellsLieWhereTheyBelong() throws {
    let elements = try #require(Elements.of(Self.charts.first { $0 is HeatMap }!.svg))
    let cells = elements.filter { $0.name == "rect" && Double($0.attributes["height"]!)! > 100 }
    #expect(
      cells.map { $0.attributes["fill"] } == [
        "#440154", HeatMap.color(1, in: 0...4), HeatMap.color(2, in: 0...4), "#808080",
        HeatMap.color(1, in: 0...4), "#fde725",
      ]
    )
    #expect(cells.map { $0.attributes["y"] } == ["190", "190", "190", "40", "40", "40"])
  }

  /// The contour of a plane is a straight line at the right place; that of x y = 0 between the four
  /// corners of a saddle is two lines.
  @Test func contoursAreWhereTheLevelIs() {
    func map(_ values: [[Double]]) -> HeatMap {
      HeatMap(
        title: "",
        x: Axis("", range: 0...1),
        y: Axis("", range: 0...1),
        values: values
      )
    }
    let plane = map((0..<4).map { i in (0..<5).map { j in Double(j) + 2 * Double(i) } })
    let segments = plane.segments(at: 4.5)
    #expect(!segments.isEmpty)
    for point in segments.flatMap({ [$0.from, $0.to] }) {
      #expect(abs(point.x + 2 * point.y - 4.5) < 1e-12)
    }
    #expect(map([[1, -1], [-1, 1]]).segments(at: 0).count == 2)
    #expect(map([[1, 2], [3, .nan]]).segments(at: 2.5).isEmpty)
  }

  @Test func barsStartAtZero() throws {
    let elements = try #require(Elements.of(Self.charts[5].svg))
    let bars = elements.filter { $0.name == "rect" }
    // The axis runs from −1 to 2.5 in steps of 0.5… or 1: read the zero line from its mark.
    let zero = try #require(elements.first { $0.name == "text" && Double($0.text) == 0 })
    let base = try #require(Double(zero.attributes["y"]!)) - 4
    func edge(_ bar: Int, _ name: String) throws -> Double {
      try #require(Double(bars[bar].attributes[name]!))
    }
    #expect(abs(try edge(0, "y") + edge(0, "height") - base) < 0.011)
    #expect(abs(try edge(1, "y") - base) < 0.011)
    #expect(abs(try edge(0, "height") - 2 * edge(1, "height")) < 0.021)
    #expect(try edge(0, "x") == 125 && edge(0, "width") == 165)
  }

  @Test func intervalsReachTheirEnds() throws {
    let chart = IntervalChart(
      title: "log Z",
      x: Axis("log Z", range: 0...10),
      rows: [
        .init("a", value: 5, lower: 2.5, upper: 7.5),
        .init("b", value: 10, lower: -.infinity, upper: .infinity),
      ],
      reference: 0
    )
    let elements = try #require(Elements.of(chart.svg))
    func ends(_ style: String) -> [[String?]] {
      elements.filter { $0.attributes["class"] == style }
        .map { [$0.attributes["x1"], $0.attributes["x2"]] }
    }
    // 0 and 10 are at 47 and 620.
    #expect(ends("l0") == [["190.25", "476.75"], ["47", "620"]])
    #expect(ends("e0") == [["190.25", "190.25"], ["476.75", "476.75"]])
    #expect(ends("guide") == [["47", "47"]])
    let circles = elements.filter { $0.name == "circle" }
    #expect(circles.map { $0.attributes["cx"] } == ["333.50", "620"])
  }

  @Test func picturesKeepTheirProportions() throws {
    let picture = Picture(
      title: "p",
      png: Array("\u{1}PNG............".utf8) + [0, 0, 4, 216, 0, 0, 0, 62, 0]
    )
    let elements = try #require(Elements.of(picture.svg))
    let image = try #require(elements.first { $0.name == "image" })
    #expect(image.attributes["width"] == "620" && image.attributes["height"] == "31")
    #expect(image.attributes["href"]?.hasPrefix("data:image/png;base64,") == true)
  }

  @Test func marksAreRound() {
    let axis = Axis("x").fitted(to: [0.013, 0.87])
    #expect(axis.marks.map(axis.text) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    let wide = Axis("x", scale: .logarithmic).fitted(to: [1e-3, 1e3])
    #expect(wide.marks.map(wide.text) == ["0.001", "0.01", "0.1", "1", "10", "100", "1000"])
    let narrow = Axis("x", scale: .logarithmic).fitted(to: [2, 60])
    #expect(narrow.marks.map(narrow.text) == ["2", "5", "10", "20", "50"])
  }

  @Test func tablesAreAligned() {
    let table = TextTable(
      columns: ["student", "accuracy", "bytes"],
      rows: [["on the labels", "0.8712 ± 0.0067", "9"], ["both", "0.9 ± ?", "160,000"]]
    )
    #expect(
      table.description == """
        student               accuracy    bytes
        ───────────────────────────────────────
        on the labels  0.8712 ± 0.0067        9
        both                   0.9 ± ?  160,000

        """
    )
  }

  @Test(arguments: [80, 60, 44]) func wideTablesAreBroken(width: Int) {
    let table = TextTable(
      columns: ["what was learnt in one long sentence", "accuracy", "difference to the control"],
      rows: [
        ["soft targets and derivative matching together", "0.8834 ± 0.0064", "0.0121 ± 0.0042"]
      ]
    )
    let lines = table.text(width: width).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= width })
    #expect(lines.contains { $0.contains("0.8834 ± 0.0064") && $0.contains("0.0121 ± 0.0042") })
    #expect(table.text(width: width).split { " \n".contains($0) }.contains("together"))
  }

  @Test func tablesAsJSON() throws {
    let table = TextTable(columns: ["a", "b"], rows: [["1", "2"]])
    let data = try JSONEncoder().encode(table)
    #expect(try JSONDecoder().decode(TextTable.self, from: data) == table)
  }

  @Test func pagesAreWholeAndEscaped() throws {
    var report = Report(title: Self.nasty)
    report.add(.heading(Self.nasty))
    report.add(.paragraph(Self.nasty))
    report.add(.table(TextTable(columns: [Self.nasty, "b"], rows: [["1", Self.nasty]])))
    for chart in Self.charts { report.add(.chart(chart)) }
    report.add(.facts([("seed", "1"), (Self.nasty, Self.nasty)]))
    report.add(.code("distill demo --seed 1\n  <x>"))
    let elements = try #require(Elements.of(report.html))
    // Long names of files break wherever they must, tables do not.
    #expect(report.html.contains(/body\{[^}]*overflow-wrap:break-word\}/))
    let shown = Self.nasty.replacingOccurrences(of: "\u{1}", with: "\\u0001")
    #expect(elements.first { $0.name == "h1" }?.text == shown)
    #expect(elements.first { $0.name == "dd" }?.text == "1")
    #expect(elements.last { $0.name == "td" }?.text == shown)
    #expect(elements.filter { $0.name == "svg" }.count == Self.charts.count)
    #expect(elements.first { $0.name == "pre" }?.text == "distill demo --seed 1\n  <x>")
    // Nothing is fetched from elsewhere.
    for element in elements {
      #expect(element.attributes["src"] == nil)
      #expect(element.attributes["href"].map { $0.hasPrefix("data:image/png;base64,") } ?? true)
      #expect(element.name != "script" && element.name != "link")
    }
  }
}
