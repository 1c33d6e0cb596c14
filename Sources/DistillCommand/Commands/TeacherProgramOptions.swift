import ArgumentParser
import ModelFiles

/// A program that teaches, and how it is asked.
struct TeacherProgramOptions: ParsableArguments {
  @Option(
    help: """
      Instead of --teacher, a program that answers, such as "python3 teacher.py": it gets batches as \
      NumPy arrays on standard input. It is started without a shell.
      """
  )
  var teacherCommand: String?

  @Option(help: "How many of the program run at once. (default: 1)")
  var teacherWorkers: Int?

  @Option(help: "The most examples it is asked about at once. (default: 256)")
  var teacherBatch: Int?

  @Option(help: "How long it may be silent over a batch, in seconds. (default: 300)")
  var teacherTimeout: Double?

  func validate() throws {
    try withUsage(of: "teacher-command") { _ = try teacherCommand.map(CommandWords.split) }
    try GivenOptions.current.refuse(
      ["--teacher-workers", "--teacher-batch", "--teacher-timeout"],
      where: teacherCommand == nil,
      "without --teacher-command"
    )
  }

  var settings: ProgramTeacher.Settings {
    let usual = ProgramTeacher.Settings()
    return ProgramTeacher.Settings(
      workers: teacherWorkers ?? usual.workers,
      batchSize: teacherBatch ?? usual.batchSize,
      timeout: teacherTimeout ?? usual.timeout
    )
  }
}
