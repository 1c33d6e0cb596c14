import Distill
import Runs

/// One way to bring a network of the source domain to the target domain.
package enum AcousticArm: String, Codable, CaseIterable {
  /// Not at all.
  case unadapted
  /// By the labels: the control.
  case fineTuned = "fine-tuned"
  /// By the labels, and the network's own answers before (Yu et al. 2013).
  case regularised
  /// By the labels, and the teacher's softened answers, who hears the clean recording (Asami et al.
  /// 2017).
  case distilled
  /// The same, and the teacher's answers about recordings that nobody labelled.
  case parallel

  package init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard let arm = Self(rawValue: name) else {
      throw RunError(
        "'\(name)' is no way to adapt a student: write "
          + Self.allCases.map(\.rawValue).joined(separator: ", ")
      )
    }
    self = arm
  }

  /// How, in a sentence.
  package var explanation: String {
    switch self {
    case .unadapted: "not adapted"
    case .fineTuned: "fine-tuned"
    case .regularised: "kept near its own answers before its adaptation"
    case .distilled: "adapted by its teacher's softened answers too"
    case .parallel:
      "adapted by its teacher's softened answers too, also about utterances that nobody labelled"
    }
  }

  package var isTaught: Bool { self == .distilled || self == .parallel }
}

/// How labels and soft targets are mixed: (1 − ρ) hard + ρ T² soft.
package struct AcousticMixture: Codable, Hashable {
  /// ρ.
  package var share: Double
  package var temperature: Double

  package var text: String { "ρ \(short(share)), T \(short(temperature))" }
}

/// What was chosen on the validation utterances.
package struct AcousticChoice: Codable {
  package static let file = "choice"

  package struct Trial: Codable {
    package let name: String
    package let frameAccuracy: Double
    package let wordAccuracy: Double
  }

  package let learningRate: Double
  package let regularised: AcousticMixture
  package let distilled: AcousticMixture
  package let tried: [Trial]

  package func mixture(_ arm: AcousticArm) -> AcousticMixture {
    switch arm {
    case .unadapted, .fineTuned: AcousticMixture(share: 0, temperature: 1)
    case .regularised: regularised
    case .distilled, .parallel: distilled
    }
  }

  package var lines: [String] {
    guard !tried.isEmpty else { return [] }
    return tried.map {
      "tried \($0.name): \(percent($0.frameAccuracy))% of frames, \(percent($0.wordAccuracy))% of words "
        + "on validation utterances"
    } + [
      "chosen: learning rate \(short(learningRate)), regularised with \(regularised.text), distilled "
        + "with \(distilled.text)"
    ]
  }
}
