/// A page that explains a run: one HTML file that needs nothing else, on screen or paper.
///
/// ```swift
/// var report = Report(title: "Thirty networks in one")
/// report.add(.paragraph("The student agrees with its teachers on 97% of the images."))
/// report.add(.table(table))
/// report.add(.chart(chart))
/// try report.html.write(to: url, atomically: true, encoding: .utf8)
/// ```
public struct Report: Sendable {
  public enum Section: Sendable {
    case heading(String)
    case paragraph(String)
    case table(TextTable)
    case chart(any Chart)
    /// Charts side by side where there is room.
    case charts([any Chart])
    /// A word that says it all, and what it means.
    case callout(String, String)
    /// Facts in the order given.
    case facts([(name: String, value: String)])
    /// A command or file, with its spaces and line ends.
    case code(String)
  }

  public var title: String
  public private(set) var sections: [Section]

  public init(title: String, sections: [Section] = []) {
    self.title = title
    self.sections = sections
  }

  public mutating func add(_ section: Section) { sections.append(section) }

  /// The page. All text is escaped. It is well-formed XML too.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <title>\(escaped(title))</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <h1>\(escaped(title))</h1>
    \(sections.map(html).joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private func html(_ section: Section) -> String {
    switch section {
    case .heading(let text): "<h2>\(escaped(text))</h2>"
    case .paragraph(let text): "<p>\(escaped(text))</p>"
    case .code(let text): "<pre>\(escaped(text))</pre>"
    case .chart(let chart): "<figure>\(chart.svg)</figure>"
    case .charts(let charts):
      "<div class=\"charts\">\(charts.map { "<figure>\($0.svg)</figure>" }.joined())</div>"
    case .callout(let word, let text):
      "<div class=\"callout\"><strong>\(escaped(word))</strong><p>\(escaped(text))</p></div>"
    case .facts(let facts):
      "<dl>\(facts.map { "<dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd>" }.joined())</dl>"
    case .table(let table): html(table)
    }
  }

  private func html(_ table: TextTable) -> String {
    func row(_ cells: [String], _ element: String) -> String {
      let parts = zip(cells, table.alignments).map { cell, alignment in
        "<\(element) class=\"\(alignment.rawValue)\">\(escaped(cell))</\(element)>"
      }
      return "<tr>\(parts.joined())</tr>"
    }
    return """
      <div class="scroll"><table>
      <thead>\(row(table.columns, "th"))</thead>
      <tbody>
      \(table.rows.map { row($0, "td") }.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  /// The look of all pages.
  package static let style = """
    :root{color-scheme:light dark}
    body{font:16px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem;\
    overflow-wrap:break-word}
    h1,h2{line-height:1.2}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.85rem}
    th,td{padding:.25rem .5rem;border-bottom:1px solid #8886}.left{text-align:left}
    .right{text-align:right}td.right{white-space:nowrap}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
    dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}.charts{display:grid;gap:1rem;\
    grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr))}.charts figure{margin:0}\
    .callout{border:2px solid currentColor;border-radius:.5rem;padding:.75rem 1.25rem}\
    .callout strong{font-size:2.2rem;letter-spacing:.05em}.callout p{margin:.25rem 0 0}\
    .scroll{overflow-x:auto}svg,img{max-width:100%;height:auto}\
    figure{margin:1.5rem 0;overflow-x:auto}pre{overflow:auto;padding:.5rem;\
    background:#8882}
    @media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin:0 0 .4rem}body{margin:1rem auto}}
    @media print{body{max-width:none;margin:0;font-size:11pt}table{font-size:8pt}\
    figure,table,.callout{break-inside:avoid}\
    .charts{grid-template-columns:1fr 1fr}\
    h2{break-after:avoid}pre{white-space:pre-wrap}}
    """
}
