import Distillation
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import Tensors

/// What a teacher takes and gives, whatever its files are.
package struct TeacherForm {
  /// For people.
  package var description: String
  /// The numbers of one input; nil where any will do.
  package var inputCount: Int?
  package var outputCount: Int
  /// What a loss cannot have of the teacher, and why.
  package var limits = TeacherLimits()
  /// Whether what it gives is the same however inputs are scaled, because it undoes that.
  package var areTrees = false

  /// Of answers.
  package init(_ answers: AnswersPlan.Content) {
    let source = answers.plan.program.map { " of '\($0.command)'" } ?? ""
    description =
      "\(grouped(answers.values.shape[0])) answers\(source), taken as \(answers.plan.meaning.rawValue)"
    outputCount = answers.values.shape[1]
    limits = TeacherLimits(
      hasDerivatives: false,
      hasFeatures: false,
      reason: "--teacher-values gives only its answers",
      remark: "of answers there are no derivatives"
    )
  }

  /// Of what was observed.
  package init(_ store: ObservationStore) {
    let recorded = store.description
    let members = recorded.teacher.members
    let network = (members > 1 ? "an ensemble of \(members), each " : "") + recorded.teacher.network
    description = "what was observed of \(network)"
    outputCount = recorded.arrays[0].shape[0]
    areTrees = recorded.teacher.areTrees == true
    limits = TeacherLimits(
      hasDerivatives: recorded.array(RecordedArray.derivatives) != nil,
      hasFeatures: !recorded.features.isEmpty,
      reason:
        "its store keeps \(recorded.arrays.map(\.name).joined(separator: ", ")): observe it with "
        + "--derivatives or --features",
      remark: "derivatives were not observed"
    )
  }

  /// Of weights.
  ///
  /// - Parameter models: One for all files, or one for each.
  /// - Throws: `RunError` when they take other inputs or have other outputs than the first.
  package init(_ models: [ModelSpecification]) throws {
    description = models.map { "\($0)" }.joined(separator: " + ")
    inputCount = models[0].inputCount
    outputCount = models[0].outputCount
    if let other = models.first(where: {
      $0.outputCount != outputCount || $0.inputCount != inputCount
    }) {
      throw RunError(
        "\(models[0]) and \(other) take other inputs or have other outputs: they make no ensemble"
      )
    }
  }

  /// Of whole models, tried on an input of zeros.
  ///
  /// - Parameters:
  ///   - shape: Of one input of the data.
  ///   - output: Which of several outputs is observed, by its name.
  /// - Throws: `RunError` when a model cannot take such an input, or has other outputs than the
  ///   first.
  package init(
    models paths: [String],
    shape: [Int],
    output: String? = nil,
    on device: Device
  ) throws {
    let forms = try paths.map { path in
      let network = try Self.whole(path, shape, output, on: device)
      let one = Tensor.zeros([1, shape.reduce(1, *)]).moved(to: device)
      do {
        return (network, try ModuleTeacher(opening: network).observe(one).outputCount)
      } catch {
        let text = shape.map(String.init).joined(separator: "x")
        throw RunError("the teacher '\(path)' cannot be run on an input of \(text): \(error)")
      }
    }
    let (first, outputs) = forms[0]
    if let other = forms.firstIndex(where: { $0.1 != outputs }) {
      throw RunError(
        "'\(paths[0])' has \(outputs) outputs and '\(paths[other])' \(forms[other].1): they make no "
          + "ensemble"
      )
    }
    let meaning = first.meaning == .logits ? "" : ", which gives \(first.meaning.rawValue)"
    outputCount = outputs
    let limited = forms.compactMap { TeacherLimits(of: $0.0) }
    if let other = limited.first { limits = other }
    areTrees = forms.allSatisfy { $0.0 is TreeNetwork }
    switch first {
    case let first as TreeNetwork:
      description = first.model.summary + meaning
      inputCount = first.model.ensemble.featureCount
    case let first as ModelNetwork:
      let operators = first.graph.operatorCounts.reduce(0) { $0 + $1.count }
      description =
        "model of \(grouped(operators)) operators and "
        + "\(grouped(first.graph.parameterCount)) parameters\(meaning)"
    default: description = "model\(meaning)"
    }
  }

  /// What is said where there are no several outputs to choose from.
  package static func noOutputs(_ path: String) -> RunError {
    RunError(
      "'\(path)' gives one thing: --teacher-output picks one of several outputs of a whole model (.pt2, .onnx), "
        + "leave it out"
    )
  }

  /// A model of a file, trees or a graph of operators.
  private static func whole(
    _ path: String,
    _ shape: [Int],
    _ output: String?,
    on device: Device
  ) throws -> any MeaningfulModule {
    guard let trees = try TeacherPlan.trees(path) else {
      return try network(path, shape, output, on: device)
    }
    guard output == nil else { throw Self.noOutputs(path) }
    guard trees.meaning.isOverClasses else {
      throw RunError(
        "the teacher '\(path)' predicts real numbers (\(trees.source)), and a student learns to tell "
          + "classes apart: give trees that were trained on classes"
      )
    }
    let count = shape.reduce(1, *)
    guard trees.ensemble.featureCount == count else {
      throw RunError(
        "the trees of '\(path)' ask about \(trees.ensemble.featureCount) numbers and an input of the "
          + "data has \(count): leave columns out with --ignore, or name them with --inputs"
      )
    }
    return TreeNetwork(trees)
  }

  /// A model whose axes are those of the data, in their order.
  private static func network(
    _ path: String,
    _ shape: [Int],
    _ output: String?,
    on device: Device
  ) throws -> ModelNetwork {
    let url = URL(fileURLWithPath: path)
    let network: ModelNetwork
    do {
      network = try ModelNetwork(
        contentsOf: url,
        named: output,
        exampleShape: shape,
        on: device
      )
    } catch let error as DistillationError {
      throw RunError("the teacher '\(path)' cannot be used: \(error)")
    }
    let own = network.inputShape
    // Numbers alone would fit where axes are exchanged.
    if own.count == shape.count, shape.count > 1,
      zip(own, shape).contains(where: { $0 != nil && $0 != $1 })
    {
      let words = own.map { $0.map(String.init) ?? "any" }.joined(separator: "x")
      let data = shape.map(String.init).joined(separator: "x")
      throw RunError(
        "the teacher '\(path)' takes inputs of \(words) and an input of the data is \(data) (channels, "
          + "height, width): --image-size and --color bring images of a folder to another form, and a model that "
          + "takes channels last is exported with a permutation in front"
      )
    }
    return network
  }
}
