import Distillation
import Exchange
import Foundation
import Mathematics
import Networks
import Tensors

/// What is not said, chosen; with the reasons, for people.
package struct CompressionChoices {
  package private(set) var remarks: [String] = []

  package init() {}

  /// What of a training depends on the student's network.
  package struct OfStudent {
    package let batchSize: Int
    package let optimizer: OptimizerPlan
    package let lastBatch: TrainingPlan.LastBatch?
    package let budget: Budget
    package let stepsPerEpoch: Int
    package let loss: String

    package func steps(rate: () throws -> Double) rethrows -> Int {
      try budget.steps(perEpoch: stepsPerEpoch, rate: rate)
    }
  }

  /// - Parameter limits: What there is not of the teacher.
  /// - Throws: As ``loss(_:_:_:examples:limits:)``.
  package mutating func ofStudent(
    _ student: ModelSpecification,
    _ options: CompressOptions,
    _ plan: DataPlan,
    _ data: CompressionData,
    limits: TeacherLimits
  ) throws -> OfStudent {
    let batchSize = batchSize(options, student, examples: data.training.count)
    let optimizer = optimizer(options)
    let lastBatch = lastBatch(
      options,
      size: batchSize,
      examples: [data.taught.count, data.training.count]
    )
    let perEpoch = data.taught.batches(
      of: batchSize,
      epochs: nil,
      shuffled: 0,
      droppingLast: lastBatch == .dropped,
      mergingOne: lastBatch == .merged
    ).stepsPerEpoch
    return OfStudent(
      batchSize: batchSize,
      optimizer: optimizer,
      lastBatch: lastBatch,
      budget: budget(options, stepsPerEpoch: perEpoch),
      stepsPerEpoch: perEpoch,
      loss: try loss(options, student, plan, examples: data.taught, limits: limits)
    )
  }

  /// The student's network as text: what was asked for, or what a kind alone stands for.
  package mutating func student(_ options: CompressOptions, _ shape: [Int], outputs: Int) -> String
  {
    guard let text = ModelSpecification.usual(options.student, for: shape, outputs: outputs) else {
      return options.student
    }
    remarks.append("student \(text)")
    return text
  }

  /// The optimizer and its schedule.
  package mutating func optimizer(_ options: CompressOptions) -> OptimizerPlan {
    let name = options.optimizer ?? .adam
    let rate = options.learningRate ?? name.item.learningRate
    let decay = options.decay ?? .linear
    if options.optimizer == nil || options.learningRate == nil || options.decay == nil {
      remarks.append(
        "\(name.rawValue) at \(rate), "
          + (decay.item.endsAtZero ? "falling (\(decay.rawValue)) to 0" : decay.rawValue)
      )
    }
    var plan = OptimizerPlan(name: name, learningRate: rate, decay: decay)
    if options.optimizerSettings != OptimizerSettings() {
      plan.settings = options.optimizerSettings
    }
    return plan
  }

  /// What the kind of network learns well from.
  package mutating func batchSize(
    _ options: CompressOptions,
    _ student: ModelSpecification,
    examples: Int
  ) -> Int {
    if let size = options.batchSize {
      if size > examples { remarks.append("batches of all \(grouped(examples)) examples") }
      return min(size, examples)
    }
    let size = min(student.architecture.usualBatchSize, examples)
    remarks.append("batches of \(size)")
    return size
  }

  /// A batch of one cannot be normalised, nor compared example by example.
  ///
  /// - Parameter examples: What the student learns from, and the control where that is something else.
  package mutating func lastBatch(
    _ options: CompressOptions,
    size: Int,
    examples: [Int]
  ) -> TrainingPlan.LastBatch? {
    if options.dropsLast {
      let left = examples[0] % size
      if left > 0 { remarks.append("\(grouped(left)) examples of each epoch dropped") }
      return .dropped
    }
    guard examples.contains(where: { $0 % size == 1 && $0 > size }), size > 1 else { return nil }
    remarks.append("the last batch, of one example, merged with the one before it")
    return .merged
  }

  /// Twenty passes, and at least 2,000 steps.
  package mutating func budget(_ options: CompressOptions, stepsPerEpoch: Int) -> Budget {
    if let budget = options.budget { return budget }
    let epochs = max(20, Int((2_000 / Double(stepsPerEpoch)).rounded(.up)))
    remarks.append("\(epochs) epochs")
    return Budget(Double(epochs), .epochs)
  }

  /// Soft targets; for perceptrons with derivative matching as in the demo, which comes closer to the
  /// teacher the scarcer the examples are.
  ///
  /// - Parameters:
  ///   - examples: What students are trained on.
  ///   - limits: What there is not of the teacher.
  /// - Throws: `RunError` when a loss is asked for that needs what the teacher does not give.
  package mutating func loss(
    _ options: CompressOptions,
    _ student: ModelSpecification,
    _ data: DataPlan,
    examples: Examples,
    limits: TeacherLimits = TeacherLimits()
  ) throws -> String {
    if let text = options.loss {
      let loss = try Loss(parsing: text)
      try limits.check(loss)
      return loss.description
    }
    switch data.task {
    case .classes: break
    case .labels:
      remarks.append("loss binaryCrossEntropy (the teacher's probability of each label)")
      return "binaryCrossEntropy"
    case .embeddings:
      remarks.append("loss embeddingCosine (the directions of the teacher's vectors)")
      return "embeddingCosine"
    case .regression:
      remarks.append("loss squaredError (the teacher's numbers, in their standard deviations)")
      return "squaredError"
    }
    guard limits.hasDerivatives else {
      remarks.append("loss softCrossEntropy (soft targets: \(limits.remark))")
      return "softCrossEntropy"
    }
    var text = "softCrossEntropy"
    var reason = "soft targets"
    switch try DerivativeWeight(student, data, on: examples) {
    case .given(let weight, let rule):
      text += String(format: " + %.2g * derivativeSquaredError", weight)
      reason = "soft targets and derivatives, weighted \(rule)"
    case .none(let cause): reason = "soft targets; derivatives are not matched: \(cause)"
    }
    remarks.append("loss \(text) (\(reason))")
    return try Loss(parsing: text).description
  }

  /// One line for all.
  package var text: String? { remarks.isEmpty ? nil : "picked: " + remarks.joined(separator: ", ") }
}
