import Distill
import Runs

/// One way to make a student: what it is, and what it learns from.
package enum SentenceArm: String, Codable, CaseIterable {
  /// From the lexicographer files that glosses are of.
  case staticLabels = "static, labels"
  /// To find a gloss's words among those of others: the control, with no teacher.
  case staticContrast = "static, contrast"
  case staticTaught = "static, taught"
  /// From what the teacher makes of each token by itself, and then without it.
  case staticStartedContrast = "static, from token outputs, contrast"
  /// The same, and then taught.
  case staticStarted = "static, from token outputs, taught"
  case transformerContrast = "transformer, contrast"
  case transformerTaught = "transformer, taught"

  package var isStatic: Bool { rawValue.hasPrefix("static") }
  package var isTaught: Bool { rawValue.hasSuffix("taught") }

  /// Whether it begins as a table that is made of the teacher's token outputs.
  package var isStarted: Bool { self == .staticStarted || self == .staticStartedContrast }

  /// The same student, with the same first weights, without a teacher's answers.
  package var control: SentenceArm {
    isStarted ? .staticStartedContrast : isStatic ? .staticContrast : .transformerContrast
  }

  /// The part of file names.
  package var fileName: String {
    rawValue.replacing(", ", with: "-").replacing(" ", with: "-")
  }
}
