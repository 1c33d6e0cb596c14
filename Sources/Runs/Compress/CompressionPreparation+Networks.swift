import Distill
import Foundation

extension CompressionPreparation {
  /// The network that weights are of, or one for each file; nil for whole models.
  func teacherModels(_ files: TeacherFiles, _ shape: [Int]) throws -> [ModelSpecification]? {
    guard options.output == nil || files.areModels else {
      throw TeacherForm.noOutputs(files.paths[0])
    }
    if files.areWhole {
      guard options.teacherModel == nil else {
        throw RunError(
          "'\(files.paths[0])' holds its network whole: leave out --teacher-model"
        )
      }
      guard options.renames.isEmpty else {
        throw RunError("'\(files.paths[0])' holds its network whole: leave out --rename")
      }
      return nil
    }
    if let text = options.teacherModel {
      let parts = text.split(separator: "+", omittingEmptySubsequences: false)
      let models = try parts.map {
        try specification($0.trimmingCharacters(in: .whitespaces)).resolved(for: shape)
      }
      guard models.count == 1 || models.count == files.paths.count else {
        throw RunError(
          "--teacher-model names \(models.count) networks with '+' between them, and there are "
            + "\(files.paths.count) files of weights: name one for all, or one for each"
        )
      }
      return models
    }
    if let model = files.model { return [model] }
    let metadata = try NamedWeights(contentsOf: URL(fileURLWithPath: files.paths[0])).metadata
    guard let text = metadata["model"] else {
      throw RunError(
        "'\(files.paths[0])' holds weights alone: say of which network with --teacher-model, such as "
          + "mlp:784-500-300-10"
      )
    }
    return [try ModelSpecification(text).resolved(for: shape)]
  }

  /// The student's network.
  ///
  /// - Throws: `RunError` when it has not as many outputs as the teacher.
  func studentModel(
    _ shape: [Int],
    outputs: Int,
    _ choices: inout CompressionChoices
  ) throws -> ModelSpecification {
    let text = choices.student(options, shape, outputs: outputs)
    let student =
      FileArchitecture.isFile(text)
      ? ModelSpecification(try FileArchitecture(URL(fileURLWithPath: text), shape: shape))
      : try specification(text).resolved(for: shape)
    guard student.outputCount == outputs else {
      throw RunError(
        "the student \(student) has \(student.outputCount) output"
          + (student.outputCount == 1 ? "" : "s") + " and the teacher \(outputs): "
          + "they must be as many"
      )
    }
    return student
  }

  /// A specification, or a YAML file with one.
  func specification(_ text: String) throws -> ModelSpecification {
    guard text.hasSuffix(".yaml") || text.hasSuffix(".yml") else {
      return try ModelSpecification(text)
    }
    return try ModelSpecification(yaml: URL(fileURLWithPath: text))
  }

  /// - Throws: `RunError` when a network takes other inputs than the data have.
  func requireFit(_ who: String, _ inputCount: Int?, _ shape: [Int]) throws {
    let count = shape.reduce(1, *)
    guard let own = inputCount, own != count else { return }
    var advice = ""
    // Arrays and tables are taken as they are.
    if shape.count == 3, options.data.isFolder {
      advice =
        shape[0] == 3 && own * 3 == count
        ? "; --color grey makes them grey"
        : "; --image-size and --color bring images to another form"
    }
    throw RunError(
      "the \(who) takes \(own) numbers and an input of the data has \(count) "
        + "(\(shape.map(String.init).joined(separator: "x")))\(advice)"
    )
  }
}
