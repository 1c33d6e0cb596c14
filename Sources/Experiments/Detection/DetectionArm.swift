import Distill
import Runs

/// What a student's training may have beside boxes that are known.
package enum DetectionTerm: String, CaseIterable {
  /// Scenes that nobody labelled, with the boxes that the teacher finds there.
  case found
  /// Class-weighted soft cross entropy towards the teacher.
  case classes
  /// Box regression bounded by the teacher.
  case boxes
  /// Hints through an adaptation layer, at every level of the pyramid.
  case hints
}

/// One way to make a student: `labels`, the control, or `labels + found + classes + boxes + hints`
/// with any of its terms left out.
package struct DetectionArm: Codable, Hashable, Sendable {
  package let terms: Set<DetectionTerm>

  package init(_ terms: Set<DetectionTerm>) { self.terms = terms }

  package static let labels = DetectionArm([])
  package static let all = DetectionArm(Set(DetectionTerm.allCases))

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let words = try container.decode(String.self).split(separator: "+").map { word in
      String(word).trimmingCharacters(in: .whitespaces)
    }
    let terms = words.dropFirst().compactMap(DetectionTerm.init)
    guard words.first == "labels", terms.count == words.count - 1,
      Set(terms).count == terms.count
    else {
      throw RunError(
        "'\(words.joined(separator: " + "))' is no way to make a student: write labels, or "
          + "\(Self.all.name) with any terms but labels left out"
      )
    }
    self.terms = Set(terms)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  /// As it is written.
  package var name: String { words.joined(separator: " + ") }

  /// The part of file names.
  package var fileName: String { words.joined(separator: "-") }

  private var words: [String] {
    ["labels"] + DetectionTerm.allCases.filter(terms.contains).map(\.rawValue)
  }

  /// Whether a teacher is asked while the student learns.
  package var isTaught: Bool { !terms.subtracting([.found]).isEmpty }
}

/// Weights of the terms.
package struct DetectionWeights: Codable, Hashable {
  package var classes: Double
  package var boxes: Double
  package var hints: Double

  package var text: String {
    "classes \(short(classes)), boxes \(short(boxes)), hints \(short(hints))"
  }
}
