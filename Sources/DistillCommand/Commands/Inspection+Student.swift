import Exchange
import Foundation
import StudentRuntime

extension Inspection {
  /// What the file of a student says of itself.
  ///
  /// - Throws: ``CommandError`` when it is none, or damaged.
  static func facts(ofStudent url: URL) throws -> [String: String] {
    let student: Student
    do {
      student = try Student(path: url.path)
    } catch {
      throw CommandError("'\(url.path)': \(error.message)")
    }
    let text = Data(student.provenance.utf8)
    var facts = (try? JSONDecoder().decode([String: String].self, from: text)) ?? [:]
    let shape = student.network.shape
    let isFlat = shape.height * shape.width == 1
    facts["input"] =
      "\(isFlat ? [shape.channels] : [shape.channels, shape.height, shape.width])"
    facts["answers"] = "\(student.outputCount)"
    if !student.classes.isEmpty { facts["classes"] = student.classes.joined(separator: ", ") }
    return facts
  }
}
