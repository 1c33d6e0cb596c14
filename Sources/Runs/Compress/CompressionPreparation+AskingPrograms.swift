import Compression
import Distill
import Foundation
import Mathematics

extension CompressionPreparation {
  /// What records a program's answers, with their derivatives where these are asked for.
  ///
  /// The program is given examples as their files have them; derivatives are kept by the numbers that the
  /// student sees.
  ///
  /// - Throws: One sentence when the program cannot be asked, or the data cannot be read.
  func recorder(
    _ command: String,
    _ asked: ObserveOptions,
    _ normalization: Normalization,
    in folder: URL
  ) throws -> ObservationRecorder {
    var facts = TeacherFacts([:])
    let (source, place) = try source(facts, normalization)
    let shape = source.training.shape
    let scaling = try scaling(source, DataSplit(), facts, normalization)
    var asFiled = place
    asFiled.divisor = 1
    let raw = source.training.divisor == 1 ? source : try LabelledSource(asFiled)
    let parts = [raw.training] + [raw.test].compactMap(\.self)
    let rows = ScaledRows(parts, ExampleScaling(), .cpu, chunk: asked.chunk)
    let inputs = try StoreDescription.Inputs(source, scaling)
    func program(_ meaning: Observation.Meaning) throws -> FiledProgram {
      FiledProgram(
        teacher: try ProgramTeacher(
          command,
          observedAs: meaning,
          settings: asked.teacherProgram,
          derivatives: asked.derivatives
        ),
        shape: shape,
        units: FiledProgram.units(scaling, divisor: source.training.divisor, shape)
      )
    }
    let some = try rows[0..<min(inputs.count, max(2, asked.teacherProgram.batchSize))]
    let values = try program(.logits).observe(some, Request()).values
    let meaning =
      task == .classes ? AnswersPlan.meaning(of: values) : AnswersPlan.meaning(of: values, task)
    let view = ObservedView(of: try program(meaning), derivatives: asked.derivatives)
    let first = try view.observe(rows[0..<min(2, inputs.count)])
    if normalization != .usual {
      (facts.divisor, facts.scaling) = (source.training.divisor, scaling)
    }
    let files = try CommandWords.split(command).filter(AnsweringProgram.isFile)
      .map { try HashedFiles($0).sha256 }
    let description = StoreDescription(
      teacher: StoreDescription.Teacher(
        sha256: [SHA256.hash(of: command)] + files,
        network: "the program '\(command)'",
        members: 1,
        mean: .probabilities,
        renames: nil,
        output: nil,
        areTrees: nil,
        facts: facts.metadata
      ),
      inputs: inputs,
      arrays: try StoreDescription.arrays(of: first.seen, own: first.own, asked.form),
      chunk: asked.chunk
    )
    work.note("teacher: '\(command)', whose numbers are taken as \(meaning.rawValue)")
    return ObservationRecorder(description, in: folder, on: .cpu) { try view.observe(rows[$0]) }
  }
}

/// A program that is given examples as their files have them, of which derivatives are wanted by numbers
/// that were scaled.
private struct FiledProgram: Teacher {
  let teacher: ProgramTeacher
  let shape: [Int]
  /// How far a number of a file moves while the scaled one moves by 1, `[numbers]`.
  let units: Tensor

  /// What undoes a scaling.
  static func units(_ scaling: ExampleScaling, divisor: Double, _ shape: [Int]) -> Tensor {
    let ends = Tensor.stacked([
      .zeros([shape.reduce(1, *)]), .full(1 / divisor, [shape.reduce(1, *)]),
    ])
    let scaled = scaling.apply(to: ends, shape: shape).flattened(from: 1)
    return 1 / (scaled[1] - scaled[0])
  }

  func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    let flat = inputs.flattened(from: 1)
    var seen = try teacher.observe(inputs.reshaped(to: [inputs.shape[0]] + shape), request)
    guard let derivatives = seen.derivatives else { return seen }
    seen.derivatives =
      derivatives.reshaped(to: Array(seen.values.shape) + [flat.shape[1]])
      * units.cast(to: derivatives.elementType)
    return seen
  }
}
