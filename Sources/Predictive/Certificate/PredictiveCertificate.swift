import Foundation
import Mathematics
import Reporting

/// How far a student is from the Monte Carlo predictive of its draws, beside simpler compact forms.
public struct PredictiveCertificate: CertificateEvidence {
  public static let application = "predictive"
  public static let times: Set = ["microseconds", "latencyRatio"]

  public var event = "certificate"
  /// Nil in certificates of earlier versions.
  public var application: String? = Self.application
  /// Whether the draws are to be believed; nil in certificates of earlier versions.
  public var teacher: DrawDiagnosis?
  /// What the draws are, and where student and draws were compared.
  public let draws: Int
  public let comparedAt: String
  /// The student first.
  public var forms: [Form]
  /// How often outcomes of the Monte Carlo predictive fall into the student's intervals.
  public var coverage: [Coverage]
  /// Mean log-probability of real outcomes; nil without such.
  public var outcomes: [Score]?
  /// What casts doubt on the draws, a sentence each; nil in certificates of earlier versions.
  public var doubts: [String]?
  /// How many times smaller and faster the student is than the draws.
  public let sizeRatio: Double
  public let latencyRatio: Double?

  /// How the run came to be, and a hash of everything else; nil in certificates of earlier versions.
  public var provenance: Provenance?
  public var seal: String?

  /// A compact form of the predictive.
  public struct Form: Codable {
    public let name: String
    /// KL(Monte Carlo ‖ form) in nats; its mean over inputs.
    public let divergence: Estimate?
    /// The largest |difference| of a probability.
    public let largestDifference: Double?
    /// Numbers it is made of.
    public let numbers: Int
    /// To evaluate one of many inputs.
    public var microseconds: Double?
    /// The option that saves it as a student; nil where there is none, and in certificates of earlier
    /// versions.
    public var option: String?

    /// All draws, from which the others are measured.
    static func monteCarlo(numbers: Int, microseconds: Double?) -> Form {
      Form(
        name: "Monte Carlo",
        divergence: nil,
        largestDifference: nil,
        numbers: numbers,
        microseconds: microseconds
      )
    }
  }

  /// Names the options that save simpler forms of a model.
  package mutating func nameOptions(of model: PredictiveModelName) {
    for place in forms.indices {
      forms[place].option = model.families.first { $0.isTitled(forms[place].name) }
        .map { "--family \($0.rawValue)" }
    }
  }

  public struct Coverage: Codable {
    public let level: Double
    public let share: Estimate
    /// What falls into the intervals.
    public let of: String
  }

  public struct Score: Codable {
    public let name: String
    public let logProbability: Estimate
    /// What the outcomes are; nil in certificates of earlier versions, where they were held out.
    public var of: String?
  }

  /// The table for people.
  public var table: TextTable {
    let hasDifferences = forms.contains { $0.largestDifference != nil }
    var columns = ["form", "KL from Monte Carlo"]
    if hasDifferences { columns.append("largest |Δp|") }
    var table = TextTable(columns: columns + ["numbers", "µs/input"])
    for form in forms {
      var row = [form.name, form.divergence.map { "\($0)" } ?? "–"]
      if hasDifferences {
        row.append(form.largestDifference.map { String(format: "%.4f", $0) } ?? "–")
      }
      row.append(grouped(form.numbers))
      row.append(form.microseconds.map(threeDigits) ?? "–")
      table.append(row)
    }
    return table
  }

  /// The sentence that says it all.
  public var lesson: String {
    var text = "Compared at \(comparedAt) with \(grouped(draws)) draws: the student"
    if let divergence = forms[0].divergence { text += " is \(divergence) nats from them," }
    text += " is \(Self.ratio(sizeRatio, "smaller", "larger"))"
    if let latencyRatio { text += " and \(Self.ratio(latencyRatio, "faster", "slower"))" }
    let best = forms.dropFirst().filter { $0.divergence != nil && $0.name != "Monte Carlo" }
      .min { $0.divergence!.mean < $1.divergence!.mean }
    if let best, let own = forms[0].divergence {
      let times = threeDigits(best.divergence!.mean / own.mean)
      text += "; the nearest other form (\(best.name)) is \(times) times as far"
      if best.divergence!.mean < own.mean {
        text += best.option.map { ": save it by \($0)" } ?? ": train for more steps"
      }
    }
    return text + "."
  }

  private static func ratio(_ times: Double, _ more: String, _ less: String) -> String {
    times < 1 ? "\(threeDigits(1 / times)) times \(less)" : "\(threeDigits(times)) times \(more)"
  }

  public var text: String { text(withWarnings: true) }

  /// - Parameter withWarnings: Whether warnings are among the lines, which may have been said.
  package func text(withWarnings: Bool) -> String {
    let lines = lines.filter { withWarnings || !$0.hasPrefix(Self.warning) }
    return ([table.text(width: 110)] + lines + ["", lesson]).joined(separator: "\n") + "\n"
  }

  private static let warning = "warning: "

  /// Coverage and scores, a line each.
  public var lines: [String] {
    (teacher.map { [$0.text] + ($0.warning.map { [Self.warning + $0] } ?? []) } ?? [])
      + coverage.map {
        String(
          format: "%.0f%% intervals hold %.1f ± %.1f%% of \($0.of)",
          100 * $0.level,
          100 * $0.share.mean,
          200 * $0.share.standardError
        )
      }
      + (outcomes ?? []).map {
        "log-probability of \($0.of ?? "held-out outcomes"), \($0.name): \($0.logProbability)"
      } + (doubts ?? []).map { Self.warning + $0 }
  }
}

/// A number to three digits; from a thousand on to the whole, without an exponent.
private func threeDigits(_ number: Double) -> String {
  (1_000..<1e15).contains(number) ? grouped(Int(number.rounded())) : String(format: "%.3g", number)
}

/// Microseconds for each of `count` inputs, the best of five.
package func microseconds(for count: Int, _ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<5 {
    let start = clock.now
    try work()
    best = min(best, (clock.now - start) / .microseconds(1) / Double(count))
  }
  return best
}

/// What a sample of p adds to KL(p ‖ q), given log p and log q there: q/p − 1 − log(q/p). Its mean is
/// that of log p − log q, because q/p − 1 has zero mean; it is never negative and hardly varies where
/// p and q are near.
package func divergenceTerm(_ p: Double, _ q: Double) -> Double { expm1(q - p) - (q - p) }

/// The forms' distances as bars.
package func divergenceChart(_ forms: [PredictiveCertificate.Form]) -> BarChart {
  BarChart(
    title: "How far each compact form is from the draws",
    y: Axis("KL from the Monte Carlo predictive, nats"),
    bars: forms.compactMap { form in form.divergence.map { .init(form.name, $0) } }
  )
}
