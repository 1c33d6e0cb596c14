import Exchange
import Foundation
import Predictive
import StudentExport
import StudentRuntime
import Tensors

extension Inspection {
  /// What the file of a student says of itself.
  ///
  /// - Throws: `RunError` when it is none, or damaged.
  static func facts(ofStudent url: URL) throws -> [String: String] {
    let student: Student
    do {
      student = try Student(path: url.path)
    } catch {
      throw RunError("'\(url.path)': \(error.message)")
    }
    let text = Data(student.provenance.utf8)
    var facts = (try? CarefulJSONDecoder().decode([String: String].self, from: text)) ?? [:]
    let shape = student.network.shape
    let isFlat = shape.height * shape.width == 1
    facts["input"] =
      "\(isFlat ? [shape.channels] : [shape.channels, shape.height, shape.width])"
    facts["answers"] = "\(student.outputCount)"
    if !student.classes.isEmpty { facts["classes"] = student.classes.joined(separator: ", ") }
    return facts
  }

  /// What the first lines of a student's file of source say.
  ///
  /// - Throws: `RunError` when they say nothing.
  static func facts(ofSource url: URL) throws -> [String: String] {
    let beginning = try RegularFile.open(url).read(upToCount: RegularFile.textLimit) ?? Data()
    let text = String(decoding: beginning, as: UTF8.self)
    guard let facts = StudentGraph.provenance(ofSource: text) else {
      throw RunError(
        "'\(url.path)' does not say where it comes from: it is no source that distill export wrote"
      )
    }
    return facts
  }

  /// Whether a file is one of those in which this program writes students as JSON: they say so before
  /// their weights.
  static func isStudent(_ url: URL) -> Bool {
    guard
      let beginning = try? RegularFile.open(url).read(upToCount: RegularFile.textLimit)
    else { return false }
    return [CompactStudent.format, StudentGraph.jsonFormat].contains {
      beginning.range(of: Data("\"\($0)\"".utf8)) != nil
    }
  }

  /// What a student's JSON says of itself.
  ///
  /// - Throws: One sentence when it is damaged.
  static func facts(ofJSON url: URL) throws -> [String: String] {
    struct Exported: Decodable {
      struct Operation: Decodable {
        let kind: String
      }
      let format: String
      let shape: [Int]
      let ending: String
      let operations: [Operation]
      let classes: [String]
      let provenance: [String: String]
    }
    if let exported = try? CarefulJSONDecoder().decode(Exported.self, from: RegularFile.data(url)),
      exported.format == StudentGraph.jsonFormat
    {
      var facts = exported.provenance
      facts["input"] = "\(exported.shape)"
      facts["operations"] = exported.operations.map(\.kind).joined(separator: ", ")
      facts["ending"] = exported.ending
      if !exported.classes.isEmpty { facts["classes"] = exported.classes.joined(separator: ", ") }
      return facts
    }
    let student = try CompactStudent.read(from: url)
    var facts = ["formula": student.description, "inputs": student.inputs.joined(separator: ", ")]
    if !student.classes.isEmpty { facts["classes"] = student.classes.joined(separator: ", ") }
    return facts
  }
}
