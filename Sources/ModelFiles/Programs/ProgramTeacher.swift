import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// A teacher that is a program of its own, in any language: it reads batches of inputs from its
/// standard input and writes what it says to its standard output, as NumPy's arrays.
///
/// ```swift
/// let teacher = try ProgramTeacher("python3 teacher.py", observedAs: .probabilities)
/// let seen = try teacher.observe(images)
/// ```
///
/// What passes through the pipes is on the page Documentation/TeacherProtocol.md. The program runs as
/// long as the teacher is there, is started again when it ends, and is ended with it. It gives values, and
/// derivatives where it was made for them; no features.
public final class ProgramTeacher: Teacher {
  /// How a program is asked.
  public struct Settings: Codable, Hashable, Sendable {
    /// How many of it run at once. What is asked does not depend on it.
    public var workers = 1
    /// The most examples it is asked about at once.
    public var batchSize = 256
    /// How long it may be silent after a batch was given to it, in seconds.
    public var timeout = 300.0
    /// How often it may end over the same batch before that is an error.
    public var attempts = 3

    public init(
      workers: Int = 1,
      batchSize: Int = 256,
      timeout: Double = 300,
      attempts: Int = 3
    ) {
      self.workers = workers
      self.batchSize = batchSize
      self.timeout = timeout
      self.attempts = attempts
    }
  }

  public let meaning: Observation.Meaning
  private let command: ProgramCommand
  private let workers: [ProgramWorker]
  /// The numbers it gives for an example, as soon as it gave some.
  private var outputCount: Int?

  /// Nothing is started before something is asked.
  ///
  /// - Parameters:
  ///   - command: The program and its arguments, with quotes as in a shell. No shell runs it.
  ///   - meaning: What its numbers are. The default is logits.
  ///   - derivatives: Whether it is asked for derivatives with each answer: `DISTILL_DERIVATIVES` is then 1
  ///     in its environment.
  /// - Throws: `RunError` when the command cannot be split into words.
  public init(
    _ command: String,
    observedAs meaning: Observation.Meaning = .logits,
    settings: Settings = Settings(),
    derivatives: Bool = false
  ) throws {
    precondition(
      settings.workers > 0 && settings.batchSize > 0 && settings.timeout > 0
        && settings.attempts > 0,
      "ProgramTeacher: settings must be positive"
    )
    let command = try ProgramCommand(command, settings, derivatives: derivatives)
    self.command = command
    self.meaning = meaning
    workers = (0..<settings.workers).map { ProgramWorker(command, number: $0) }
  }

  deinit { stop(within: 2) }

  /// Ends the programs. The next question starts them again.
  public func stop() { stop(within: 2) }

  private func stop(within seconds: Double) {
    for worker in workers { worker.stop(within: seconds) }
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    var isAskedForValues = false
    if case .none = request.derivatives { isAskedForValues = true }
    guard isAskedForValues || command.givesDerivatives, request.features.isEmpty else {
      throw DistillationError(
        "\(command.subject) is a program, which gives values alone: take a loss that needs neither "
          + "derivatives nor features of it"
      )
    }
    let work = Work(isCancelled: { Stopping.isRequested() })
    let answers = try answers(to: inputs, work).moved(to: inputs.device)
    guard command.givesDerivatives else { return Observation(answers, meaning: meaning) }
    var seen = Observation(answers.selecting(0, along: 2), meaning: meaning)
    guard !isAskedForValues else { return seen }
    let derivatives = answers.slicing(1..<answers.shape[2], along: 2)
      .reshaped(to: Array(seen.values.shape) + inputs.shape.dropFirst())
    seen.derivatives = derivatives
    if case .along(let directions) = request.derivatives {
      seen.projection = try .init(
        directions: directions,
        derivatives: seen.derivatives(along: directions)
      )
    }
    return seen
  }

  /// What it says to every example, `[examples, outputs]`; with derivatives `[examples, outputs, 1 + numbers
  /// of an example]`, each output before its derivatives.
  ///
  /// The batches are the same for any number of workers. Answers may come in any order; if the
  /// program answers by its input alone, the result is the same too.
  ///
  /// - Parameters:
  ///   - inputs: `[examples, inputs…]`, given to the program as they are.
  ///   - work: Is told how many examples were answered.
  /// - Throws: `RunError` when the program does not answer as it should; `Stopped` when the work was
  ///   cancelled. The programs are then ended.
  package func answers(to inputs: Tensor, _ work: Work) throws -> Tensor {
    let count = inputs.shape[0]
    let inputs = inputs.detached.moved(to: .cpu)
    let batches = stride(from: 0, to: count, by: command.settings.batchSize).map {
      $0..<min($0 + command.settings.batchSize, count)
    }
    guard !batches.isEmpty else {
      throw RunError("\(command.subject) is asked about no example: give it some")
    }
    var answers = [Tensor?](repeating: nil, count: batches.count)
    var done = 0
    do {
      try ask(batches, inputs, work) { index, bytes in
        answers[index] = try values(
          bytes,
          for: batches[index],
          inputs.shape.dropFirst().reduce(1, *)
        )
        done += batches[index].count
        work.update(done)
      }
    } catch {
      stop(within: 0)
      throw error
    }
    return .concatenated(answers.map { $0! })
  }

  private func ask(
    _ batches: [Range<Int>],
    _ inputs: Tensor,
    _ work: Work,
    accept: (Int, [UInt8]) throws -> Void
  ) throws {
    var waiting = Array(batches.indices.reversed())
    var attempts = [Int](repeating: 0, count: batches.count)
    var (open, hasAnswered) = (batches.count, outputCount != nil)
    while open > 0 {
      if work.isCancelled() { throw Stopped("stopped while the teacher was asked") }
      for worker in workers where worker.task == nil {
        guard let next = waiting.popLast() else { break }
        try worker.ask(next, ProgramMessage.framed(NumPy.bytes(of: inputs[batches[next]])))
      }
      var files = workers.flatMap(\.files)
      // Often enough for Ctrl-C.
      _ = poll(&files, nfds_t(files.count), 100)
      for worker in workers {
        let task = worker.task
        switch try worker.advance() {
        case .nothing: continue
        case .answered(let bytes):
          try accept(task!, bytes)
          (open, hasAnswered) = (open - 1, true)
        case .ended(let how):
          attempts[task!] += 1
          // What never answered will not do so at the next attempt.
          guard hasAnswered, attempts[task!] < command.settings.attempts else {
            throw ended(how, over: batches[task!], attempts[task!])
          }
          waiting.append(task!)
        }
      }
    }
  }

  private func ended(_ how: String, over batch: Range<Int>, _ attempts: Int) -> RunError {
    let times = attempts == 1 ? "" : "; that happened \(attempts) times"
    return RunError(
      "\(command.subject) gave no answer for \(text(of: batch)): it \(how)\(times)"
    )
  }

  private func text(of batch: Range<Int>) -> String {
    batch.count == 1
      ? "example \(grouped(batch.lowerBound + 1))"
      : "examples \(grouped(batch.lowerBound + 1)) to \(grouped(batch.upperBound))"
  }

  /// - Throws: ``RunError`` when it is no answer to so many examples.
  private func values(_ bytes: [UInt8], for batch: Range<Int>, _ inputs: Int) throws -> Tensor {
    func refused(_ problem: String) -> RunError {
      RunError("\(command.subject) answered \(text(of: batch)) with \(problem)")
    }
    var values: Tensor
    do {
      values = try NumPy.read(bytes, named: "answer.npy")
    } catch let error as FileError {
      throw refused("what is no array: \(error.problem)")
    }
    if values.rank == 1 { values = values.reshaped(to: [values.count, 1]) }
    let hasRows =
      command.givesDerivatives
      ? values.rank == 3 && values.shape[2] == 1 + inputs : values.rank == 2
    guard hasRows, values.count > 0, values.elementType != .bool else {
      let wanted =
        command.givesDerivatives
        ? "for each example and output the number and its \(grouped(inputs)) derivatives are wanted"
        : "a row of numbers for each example is wanted"
      throw refused("an array of \(values.elementType) of shape \(values.shape): \(wanted)")
    }
    guard values.shape[0] == batch.count else {
      throw refused(
        "\(grouped(values.shape[0])) rows, and it was asked about \(grouped(batch.count)): a row "
          + "for each example is wanted, in their order"
      )
    }
    let width = outputCount ?? values.shape[1]
    guard values.shape[1] == width else {
      throw refused("\(values.shape[1]) numbers each, and before it gave \(width)")
    }
    values = values.cast(to: .float32)
    guard values.isAllFinite else { throw refused("NaN or infinity among the numbers") }
    outputCount = width
    return values
  }
}
