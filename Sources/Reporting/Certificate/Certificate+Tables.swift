import Foundation
import Mathematics

/// The certificate in tables.
extension Certificate {
  /// How teacher, student and control do on the clean inputs.
  public var modelTable: TextTable {
    TextTable(
      columns: ["on clean inputs", "teacher", "student", "control"],
      rows: Measure.allCases.map { measure in
        [measure.name]
          + [clean.teacher, clean.student, clean.control].map {
            $0[measure]?.description ?? "–"
          }
      },
      alignments: [.left, .right, .right, .right]
    )
  }

  /// Student − control on the clean inputs.
  public var differenceTable: TextTable {
    TextTable(
      columns: [
        "student − control", "difference", "\(percent) interval", "p (Holm)", "margin", "",
      ],
      rows: clean.differences.map { difference in
        let isPrimary = rule.primary.contains(difference.measure)
        return [
          difference.measure.name + (isPrimary ? " *" : ""), difference.estimate.description,
          Self.text(difference.interval), Self.probability(difference.adjustedPValue),
          "±\(Uncertain.short(difference.margin))", difference.verdict.description,
        ]
      },
      alignments: [.left, .right, .right, .right, .right, .left]
    )
  }

  /// What of the difference other seeds would change, and what other examples.
  public var seedTable: TextTable {
    TextTable(
      columns: ["student − control", "\(percent) interval", "over seeds alone"],
      rows: clean.differences.map {
        [$0.measure.name, Self.text($0.interval), Self.text($0.seedInterval)]
      },
      alignments: [.left, .right, .right]
    )
  }

  /// Student − control on the shifted inputs, by the primary measures and the divergence.
  public var shiftTable: TextTable {
    let measures = rule.primary + (rule.primary.contains(.divergence) ? [] : [.divergence])
    return TextTable(
      columns: ["student − control"] + measures.map(\.name),
      rows: shifted.map { setting in
        [setting.shift!.description]
          + measures.map { measure in
            let difference = setting.difference(measure)
            return "\(difference.estimate) \(difference.verdict)"
          }
      },
      alignments: [.left] + measures.map { _ in .right }
    )
  }

  /// Whether nothing is known of the teacher's size: a program behind a pipe, or answers in a file.
  var teacherIsAnswersAlone: Bool { teacherCost.parameters == 0 && teacherCost.bytes == 0 }

  /// What teacher and student cost.
  public var costTable: TextTable {
    func row(_ name: String, _ value: (ModelCost) -> String) -> [String] {
      [name, value(teacherCost), value(studentCost)]
    }
    func size(_ name: String, _ value: (ModelCost) -> Int) -> [String] {
      let ofTeacher = teacherIsAnswersAlone ? "not known" : Self.grouped(value(teacherCost))
      return [name, ofTeacher, Self.grouped(value(studentCost))]
    }
    var rows = [
      size("parameters", \.parameters),
      size("bytes of parameters and buffers", \.bytes),
      size("multiply–adds for one example", \.multiplyAdds),
    ]
    for index in studentCost.latencies.indices {
      let batch = studentCost.latencies[index].batch
      rows.append(row("latency of a batch of \(batch), p50") { Self.time($0.latencies[index].p50) })
      rows.append(row("latency of a batch of \(batch), p99") { Self.time($0.latencies[index].p99) })
    }
    rows.append(
      row("resident memory added at its peak") {
        $0.memory.map { Self.grouped($0.addedBytes) } ?? "not known here"
      }
    )
    rows.append(
      row("peak resident memory of the program") {
        $0.memory.map { Self.grouped($0.peakBytes) } ?? "not known here"
      }
    )
    return TextTable(columns: ["cost", "teacher", "student"], rows: rows)
  }

  var percent: String { "\(Uncertain.short(100 * rule.level))%" }

  /// An interval to two digits of its length.
  static func text(_ interval: [Double]) -> String {
    let length = interval[1] - interval[0]
    guard length > 1e-9, length.isFinite else {
      return "[\(interval.map(Uncertain.short).joined(separator: ", "))]"
    }
    let decimals = max(0, 1 - Int(log10(length).rounded(.down)))
    return "[\(Uncertain.fixed(interval[0], decimals)), \(Uncertain.fixed(interval[1], decimals))]"
  }

  static func probability(_ value: Double) -> String {
    value < 0.0001 ? "< 0.0001" : String(format: "%.4f", value)
  }

  static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-3: String(format: "%.3g µs", seconds * 1e6)
    case ..<1: String(format: "%.3g ms", seconds * 1e3)
    default: String(format: "%.3g s", seconds)
    }
  }

  static func grouped(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (number < 0 ? "-" : "") + String(digits)
  }
}
