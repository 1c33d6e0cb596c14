import ArgumentParser
import ModelFiles
import Runs

/// A program that teaches, and how it is asked; or what is in the files that teach.
struct TeacherOptions: ParsableArguments {
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

  @Option(
    help: """
      The teacher's network, such as mlp:784-500-300-10, where its files do not say; for files of \
      different networks one for each, with + between them.
      """
  )
  var teacherModel: String?

  @Option(
    parsing: .singleValue,
    help: """
      Another name for a tensor in files of weights, or for a layer with all that is in it, where order \
      and shapes do not say which is which: OLD=NEW, such as encoder=0.
      """
  )
  var rename: [String] = []

  @Option(
    help: "Which of several outputs of a whole model teaches: its name, as distill inspect has it."
  )
  var teacherOutput: String?

  func validate() throws {
    try withUsage(of: "teacher-command") { _ = try teacherCommand.map(CommandWords.split) }
    try GivenOptions.current.refuse(
      ["--teacher-workers", "--teacher-batch", "--teacher-timeout"],
      where: teacherCommand == nil,
      "without --teacher-command"
    )
  }

  /// Says who teaches.
  func tell(_ options: inout some TeachingOptions) {
    let usual = ProgramTeacher.Settings()
    options.teacherCommand = teacherCommand
    options.teacherProgram = ProgramTeacher.Settings(
      workers: teacherWorkers ?? usual.workers,
      batchSize: teacherBatch ?? usual.batchSize,
      timeout: teacherTimeout ?? usual.timeout
    )
    options.teacherModel = teacherModel
    options.renames = rename
    options.output = teacherOutput
  }
}
