import Distill
import Foundation

/// Distils an RBM from a file into a student, and certifies it.
package struct GenerativeFit: EvidenceJob {
  package typealias Evidence = GenerativeCertificate

  package static let name = "generative-fit"

  /// The RBM's file.
  package var teacher = "rbm.npz"
  /// Binary images for the certificate; empty for none.
  package var test = ""
  package var distillation = DistillationPlan()
  package var partition = PartitionPlan(methods: [.importance, .reciprocal, .bridge])

  package init() {}

  package init(
    teacher: String = "rbm.npz",
    test: String = "",
    distillation: DistillationPlan = DistillationPlan(),
    partition: PartitionPlan = PartitionPlan(methods: [.importance, .reciprocal, .bridge])
  ) {
    self.teacher = teacher
    self.test = test
    self.distillation = distillation
    self.partition = partition
  }

  package static let student = "student"

  package static let studentFiles = ["\(student).safetensors"]

  package var sources: (teacher: [String], data: [String]) {
    ([teacher], test.isEmpty ? [] : [imageFile(test).file])
  }

  package func dataFiles() throws -> [URL] {
    let paths = [teacher] + (test.isEmpty ? [] : [imageFile(test).file])
    return try paths.map { path in
      guard FileManager.default.fileExists(atPath: path) else {
        throw RunError("there is no file '\(path)': name the RBM and the images that are there")
      }
      return URL(fileURLWithPath: path)
    }
  }

  package func check() throws {
    try distillation.check()
    try partition.check()
  }

  package func perform(_ run: Run) throws {
    let rbm = try ModelFile.rbm(at: teacher)
    let images =
      test.isEmpty ? nil : try binaryImages(at: test, usual: ["test"], width: rbm.inputs)
    run.work.note(
      "distilling an RBM \(rbm.inputs)-\(rbm.hidden) into \(distillation.student) by the loss "
        + "'\(distillation.loss)'"
    )
    let student = try run.distill(
      rbm,
      by: distillation,
      named: distillation.student,
      file: Self.student
    ) { "nothing" }
    try certify(student, of: rbm, images: images, run)
  }

  private func certify(
    _ student: any StoredModel,
    of rbm: RBM,
    images: Tensor?,
    _ run: Run
  ) throws {
    var plan = partition
    if PartitionMethod.enumerates(rbm), !plan.methods.contains(.enumeration) {
      plan.methods.insert(.enumeration, at: 0)
    }
    let results = try PartitionRun(
      rbm: rbm,
      student: student,
      plan: plan,
      seed: run.seed &+ 50,
      work: run.work,
      checkStop: { try run.stopIfAsked("the student") },
      images: images
    ).perform()
    let evidence = try GenerativeCertificate(
      student: student,
      teacher: rbm,
      files: (run.folder.file("\(Self.student).safetensors"), URL(fileURLWithPath: teacher)),
      results: results,
      images: images
    )
    let certificate = try run.certify(evidence, of: self)
    let page = GenerativePage(student, of: rbm, seed: run.seed).report(
      certificate,
      facts: [
        ("teacher", teacher), ("student", certificate.student.name),
        ("parameters", grouped(certificate.student.parameters)), ("loss", distillation.loss),
        ("samples seen", grouped(distillation.steps * distillation.batch)),
        ("seed", "\(run.seed)"),
      ],
      images: images
    )
    try run.folder.write(page.html, to: RunFolder.report)
    try run.folder.write(certificate.text, to: RunFolder.table)
    run.work.show(certificate.text, certificate)
    run.work.note("student, certificate and report are in \(run.folder.url.path)")
  }
}
