import Distillation
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Tensors

/// A program that was asked about every example of a run, once. What it answered is in the run's
/// folder, and the program is never started by a recipe or a certificate.
package struct AnsweringProgram: Codable, Equatable {
  /// As it was written.
  package var command: String
  /// How many examples it was asked about at once.
  package var batchSize: Int
  /// The files that its command names, as they were.
  package var files: [HashedFiles]

  /// The name of the file with its answers in the folder of a run.
  package static let file = RunFolder.answers

  /// Asks about all examples, those for the test last.
  ///
  /// - Parameter source: The examples. The program is given them as their files have them, whatever
  ///   scaling the student is trained with.
  /// - Throws: ``RunError`` when it does not answer as it should; `Stopped` when the work is cancelled.
  package static func content(
    _ command: String,
    _ settings: ProgramTeacher.Settings,
    _ source: LabelledSource,
    _ place: DataSource,
    _ work: Work
  ) throws -> AnswersPlan.Content {
    let teacher = try ProgramTeacher(command, settings: settings)
    let words = try CommandWords.split(command)
    let program = AnsweringProgram(
      command: command,
      batchSize: settings.batchSize,
      files: try words.filter(isFile).map { try HashedFiles($0) }
    )
    var asFiled = place
    asFiled.divisor = 1
    let raw = source.training.divisor == 1 ? source : try LabelledSource(asFiled)
    let parts = try ([raw.training] + [raw.test].compactMap(\.self)).map { try $0.inMemory() }
    let inputs = Tensor.concatenated(parts.map(\.inputs))
      .reshaped(to: [parts.reduce(0) { $0 + $1.count }] + raw.training.shape)
    work.begin("teacher asked", of: inputs.shape[0], "examples")
    defer { work.end() }
    let values = try teacher.answers(to: inputs, work)
    try compare(teacher, inputs, values, settings.batchSize, work)
    return AnswersPlan.Content(of: program, values: values)
  }

  /// Asks the first batch again, and says where a program does not answer by its input alone.
  private static func compare(
    _ teacher: ProgramTeacher,
    _ inputs: Tensor,
    _ values: Tensor,
    _ batchSize: Int,
    _ work: Work
  ) throws {
    let first = 0..<min(batchSize, inputs.shape[0])
    let silent = Work(isCancelled: work.isCancelled)
    let again = try teacher.answers(to: inputs[first], silent)
    let difference = (again - values[first]).magnitude.maximum().doubleValue
    guard difference > 0 else { return }
    work.note(
      "the teacher answers otherwise when it is asked again, by up to \(Uncertain.short(difference)): "
        + "its first answers count, and are kept"
    )
  }

  /// Whether a word names a file that can be read to its end.
  package static func isFile(_ word: String) -> Bool {
    var facts = stat()
    return stat(word, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && !word.hasPrefix("/dev/")
  }

  /// The file of answers, before it is there.
  package static func hashed(_ values: Tensor) throws -> HashedFiles {
    let bytes = try NumPy.bytes(of: values)
    var hash = SHA256()
    hash.update(Data(bytes))
    return HashedFiles(path: file, files: 1, bytes: bytes.count, sha256: hash.finalize())
  }
}

extension CompressionTraining {
  /// Keeps what the teacher's program answered in the folder of its run.
  ///
  /// - Throws: `FileError` when it cannot be written.
  func keepAnswers(in folder: RunFolder) throws {
    guard plan.teacher.answers?.program != nil,
      let table = teacherNetworks.first as? AnswerTable
    else { return }
    try NumPy.write(table.values, to: folder.file(AnsweringProgram.file))
  }
}

extension TeacherPlan {
  /// The folder of the file with a program's answers, where it is known; nil otherwise.
  package func place(_ files: [String]?) -> String? {
    guard answers?.program != nil, let file = files?.first else { return nil }
    return URL(fileURLWithPath: file).deletingLastPathComponent().path
  }
}
