import Foundation
import Tensors

/// Text with the characters that mark-up gives a meaning replaced.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.printable.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    // XML 1.0 has no way to write these.
    case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// The elements of a picture being drawn.
struct SVG {
  let width: Double
  let height: Double
  private var elements: [String] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    elements.append(
      "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" class=\"\(style)\"/>"
    )
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
    let list = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
    elements.append("<polyline points=\"\(list)\" class=\"\(style)\"/>")
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String) {
    elements.append(
      "<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" class=\"\(style)\"/>"
    )
  }

  mutating func rectangle(_ x: Double, _ y: Double, _ w: Double, _ h: Double, _ style: String) {
    elements.append(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(w))\" height=\"\(n(h))\" class=\"\(style)\"/>"
    )
  }

  /// A picture of pixels, shown as such and not smoothed.
  mutating func image(_ address: String, _ x: Double, _ y: Double, _ w: Double, _ h: Double) {
    elements.append(
      "<image href=\"\(address)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(w))\" height=\"\(n(h))\" "
        + "style=\"image-rendering:pixelated\"/>"
    )
  }

  /// A rectangle with a colour of its own.
  mutating func cell(_ x: Double, _ y: Double, _ w: Double, _ h: Double, fill: String) {
    elements.append(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(w))\" height=\"\(n(h))\" fill=\"\(fill)\"/>"
    )
  }

  /// - Parameter anchor: `start`, `middle` or `end`: the part of the text at `x`.
  mutating func text(
    _ text: String,
    _ x: Double,
    _ y: Double,
    anchor: String = "start",
    _ style: String = "",
    isUpright: Bool = false
  ) {
    let turn = isUpright ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : ""
    elements.append(
      "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\" class=\"\(style)\"\(turn)>"
        + "\(escaped(text))</text>"
    )
  }

  /// The whole picture, with its style inside; `title` is read out by screen readers.
  func document(title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(n(width)) \(n(height))" \
    width="\(n(width))" height="\(n(height))" role="img" class="chart">
    <title>\(escaped(title))</title>
    <style>\(ChartStyle.text)</style>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }

  /// Hundredths of a unit are finer than any screen or printer.
  private func n(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

}

/// The style inside every chart.
package enum ChartStyle {
  /// Colours that are told apart by everyone (Okabe & Ito 2008), on light and dark and in print.
  package static let text = """
    .chart{--ink:#222;--faint:#bbb;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#cc79a7;\
    --s4:#b38600;--s5:#56b4e9;font:12px system-ui,sans-serif;max-width:100%;height:auto}
    @media (prefers-color-scheme:dark){.chart{--ink:#ddd;--faint:#555;--s0:#56b4e9;--s1:#ff8c42;\
    --s4:#f0e442;--s5:#7fb6e6}}
    @media print{.chart{--ink:#000;--faint:#aaa;--s0:#0072b2;--s1:#d55e00;--s4:#b38600;\
    --s5:#56b4e9}}
    .chart text{fill:var(--ink)}.chart .title{font-weight:600;font-size:14px}
    .chart .mark{font-size:10px;fill:#fff;stroke:#000;stroke-width:2px;paint-order:stroke}
    .chart .axis{stroke:var(--ink);stroke-width:1}.chart .grid{stroke:var(--faint);stroke-width:.5}
    .chart .band{fill:var(--faint);fill-opacity:.4}
    .chart .contour{stroke:#fff;stroke-width:1}.chart .ring{stroke:#fff;stroke-width:1}
    .chart .guide{stroke:var(--ink);stroke-width:1;stroke-dasharray:4 3}
    \((0..<6).map(series).joined())
    """

  private static func series(_ index: Int) -> String {
    ".chart .l\(index){stroke:var(--s\(index));stroke-width:2;fill:none;stroke-linejoin:round}"
      + ".chart .e\(index){stroke:var(--s\(index));stroke-width:1}"
      + ".chart .f\(index){fill:var(--s\(index));fill-opacity:.85}"
  }
}
