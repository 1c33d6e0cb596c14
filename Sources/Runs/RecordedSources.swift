import Distill
import Foundation

/// What the recipe of a run of `distill predictive` or `generative` says that its student was made from,
/// by name: hashes of the files of the `teacher` and of the `data`, the `loss` and the `seed`. Nothing
/// where the text is no such recipe.
package func recordedSources(_ recipe: String) -> [String: String] {
  struct Recorded: Decodable {
    struct Draws: Decodable {
      let files: [String]
    }
    struct Part: Decodable {
      let loss: String?
    }
    struct Made: Decodable {
      let data: [Provenance.Content]
    }
    let seed: UInt64?
    let teacher: String?
    let draws: Draws?
    let student: Part?
    let distillation: Part?
    let made: Made
  }
  guard let recorded = try? YAMLText.decode(Recorded.self, from: recipe) else { return [:] }
  let teachers = Set(
    ((recorded.draws?.files ?? []) + [recorded.teacher].compactMap(\.self))
      .map { URL(fileURLWithPath: $0).lastPathComponent }
  )
  func hashes(_ isWanted: (Provenance.Content) -> Bool) -> String? {
    let hashes = recorded.made.data.filter(isWanted).map(\.sha256)
    return hashes.isEmpty ? nil : hashes.joined(separator: " ")
  }
  return [
    "teacher": hashes { teachers.contains($0.name) },
    "data": hashes { !teachers.contains($0.name) },
    "loss": recorded.distillation?.loss ?? recorded.student?.loss,
    "seed": recorded.seed.map { "\($0)" },
  ].compactMapValues(\.self)
}
