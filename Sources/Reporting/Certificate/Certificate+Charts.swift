import Mathematics

/// The certificate in pictures.
extension Certificate {
  /// Each difference on the clean inputs in units of its margin, to the right where the student is
  /// better.
  public var differenceChart: IntervalChart {
    IntervalChart(
      title: "Student against control on clean inputs",
      x: Axis("gain in margins, with its \(percent) interval; shaded: would not matter"),
      rows: clean.differences.map { Self.row($0.measure.name, $0) },
      reference: 0,
      band: -1...1
    )
  }

  /// The same for one measure on all inputs, in the measure's own unit.
  public func shiftChart(_ measure: Measure) -> IntervalChart {
    let margin = rule.margins[measure]!
    return IntervalChart(
      title: "Gain in \(measure.name) under shifts",
      x: Axis("gain in margins (±\(Uncertain.short(margin))), with its \(percent) interval"),
      rows: settings.map { Self.row($0.shift?.description ?? "clean", $0.difference(measure)) },
      reference: 0,
      band: -1...1
    )
  }

  public var reliabilityDiagram: ReliabilityDiagram {
    ReliabilityDiagram(
      title: "Is it right as often as it says?",
      models: ["teacher", "student", "control"].compactMap { name in
        calibrations[name].map { ReliabilityDiagram.Model(name, $0) }
      }
    )
  }

  /// How measures change with the severity of each kind of shift, from the clean inputs on.
  public func severityCharts(_ measures: [Measure]) -> [LineChart] {
    Shift.Kind.allCases.flatMap { kind -> [LineChart] in
      let results = settings.filter { $0.shift.map { $0.kind == kind } ?? true }
      guard results.count > 1 else { return [] }
      return measures.map { measure in
        func line(
          _ name: String,
          _ model: KeyPath<CertifiedSetting, [Measure: SeededEstimate]>
        ) -> LineChart.Line {
          LineChart.Line(
            name,
            results.compactMap { setting in
              setting[keyPath: model][measure].map {
                .init(x: setting.shift?.severity ?? 0, y: $0.mean, error: 2 * $0.standardError)
              }
            }
          )
        }
        return LineChart(
          title: "\(measure.name) under \(kind.rawValue)",
          x: Axis(kind.axis),
          y: Axis(measure.name),
          lines: [
            line("teacher", \.teacher), line("student", \.student), line("control", \.control),
          ]
        )
      }
    }
  }

  private static func row(_ name: String, _ difference: Difference) -> IntervalChart.Row {
    let (low, high) = (difference.gainInterval.lowerBound, difference.gainInterval.upperBound)
    let unit = difference.margin > 0 ? difference.margin : 1
    return IntervalChart.Row(
      name,
      value: difference.gain / unit,
      lower: low / unit,
      upper: high / unit,
      remark: difference.verdict.description
    )
  }
}

extension Shift.Kind {
  /// The title of an axis of severities.
  var axis: String {
    switch self {
    case .noise: "standard deviation of the noise, in those of the inputs"
    case .blur: "standard deviation of the blur, pixels"
    case .rotation: "angle, degrees"
    }
  }
}
