import Distill
import Foundation

/// How well a student mimics an RBM, in numbers with their errors.
package struct GenerativeCertificate: CertificateEvidence {
  package static let application = "density"
  package static let times: Set = ["seconds", "setUpSeconds"]

  package struct Model: Codable {
    package let name: String
    package let parameters: Int
    package let sha256: String?
  }

  /// On images that neither model was trained on.
  package struct Test: Codable {
    package let images: Int
    /// Mean log-probability of an image: exact for the student, up to the error of log Z for the
    /// teacher and the difference.
    package let student: Quantity
    package let teacher: Quantity
    package let studentLessTeacher: Quantity
  }

  package var event = "certificate"
  package var program = programVersion
  package let student: Model
  package let teacher: Model
  package let logZ: LogPartition
  package let estimates: PartitionResults
  /// KL(teacher‖student) and KL(student‖teacher), in nats.
  package let divergenceOfStudent: Quantity
  package let divergenceOfTeacher: Quantity
  package let test: Test?
  /// Nil in certificates of earlier versions.
  package var application: String? = Self.application
  /// How the run came to be, and a hash of everything else; nil in certificates of earlier versions,
  /// and of models that no run made.
  package var provenance: Provenance?
  package var seal: String?

  /// - Parameters:
  ///   - results: With a student's bounds.
  ///   - images: Binary test images.
  package init(
    student: any StoredModel,
    teacher: RBM,
    files: (student: URL?, teacher: URL?),
    results: PartitionResults,
    images: Tensor?
  ) throws {
    guard let bounds = results.bounds, let logZ = results.best else {
      preconditionFailure("GenerativeCertificate: needs estimates with the student")
    }
    self.student = Model(
      name: student.title,
      parameters: student.parameterCount,
      sha256: try files.student.map { try SHA256.hash(of: $0) }
    )
    self.teacher = Model(
      name: "RBM \(teacher.inputs)-\(teacher.hidden)",
      parameters: teacher.tensors.values.reduce(0) { $0 + $1.count },
      sha256: try files.teacher.map { try SHA256.hash(of: $0) }
    )
    self.logZ = logZ
    estimates = results
    let error = logZ.errorInUse
    (divergenceOfStudent, divergenceOfTeacher) = bounds.divergences(logZ)
    test = images.map { images in
      let own = student.logProbability(images).scalars(Double.self)
      let theirs = teacher.logUnnormalized(images).scalars(Double.self)
      let differences = zip(own, theirs).map { $0 - $1 }
      return Test(
        images: own.count,
        student: Quantity(meanOf: own),
        teacher: Quantity(meanOf: theirs).plus(-logZ.logZ, independentError: error),
        studentLessTeacher: Quantity(meanOf: differences)
          .plus(logZ.logZ, independentError: error)
      )
    }
  }

  /// The sentence that says it all.
  package var lesson: String {
    "KL(teacher‖student) is \(divergenceOfStudent.divergenceText) nats, KL(student‖teacher) "
      + "\(divergenceOfTeacher.divergenceText), ± 3 standard errors."
  }

  package var text: String { table.text() + "\n" + estimates.text }

  /// One row for each measure.
  package var table: TextTable {
    var table = TextTable(columns: ["measure, in nats", "value ± 3 standard errors"])
    table.append(["KL(teacher‖student)", divergenceOfStudent.divergenceText])
    table.append(["KL(student‖teacher)", divergenceOfTeacher.divergenceText])
    if let test {
      table.append(["test log-probability of the student", test.student.text])
      table.append(["test log-probability of the teacher", test.teacher.text])
      table.append(["student less teacher, image by image", test.studentLessTeacher.text])
    }
    return table
  }
}
