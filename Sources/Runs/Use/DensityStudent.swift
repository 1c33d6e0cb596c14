import Distill
import Foundation

/// A normalised model of data, of a file by itself or of the run of an ``ExportableJob``.
package struct DensityStudent {
  package let model: any StoredModel
  let file: URL
  /// Those of its run that are offered; nil where it is the only one, or in no run.
  let students: OfferedStudents?
  /// Which of the run's students it is; nil where its file was named.
  let remark: String?

  /// - Throws: `WeightsError` when the file is damaged.
  init(in file: URL) throws {
    (model, self.file) = (try readStudent(from: file), file)
    (students, remark) = (nil, nil)
  }

  /// - Parameter isNamed: Whether it was asked for by its file.
  init(_ students: OfferedStudents, isNamed: Bool) throws {
    (model, file) = (try readStudent(from: students.file), students.file)
    self.students = students
    remark = students.all.count > 1 && !isNamed ? students.remark : nil
  }

  /// What is known of its making.
  func facts() throws -> [String: String] { try students?.facts(teacher: []) ?? [:] }
}
