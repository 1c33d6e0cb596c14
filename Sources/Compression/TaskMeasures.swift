import Distillation
import Exchange
import Mathematics
import Networks
import Reporting
import Tensors

extension CompressionTraining {
  /// What a network, or a teacher, says about examples where that is no class: real numbers, logits of
  /// labels or vectors, `[examples, outputs]`.
  package func values(of network: any Module, on examples: Examples) throws -> Tensor {
    try values(of: Ensemble([knownTeacher(of: network, as: plan.data.meaning)]), on: examples)
  }

  package func values(of teacher: any Teacher, on examples: Examples) throws -> Tensor {
    try examples.observed(by: teacher) { $0.values.moved(to: .cpu) }
  }
}

/// One thing that is measured of a model: a number for each of some units, whose mean counts.
package struct TaskMeasure {
  package let name: String
  /// In metrics.
  package let key: String
  /// `[units]`.
  package let values: Tensor
}

extension CompressionTask {
  /// What is measured of a model on the test examples.
  ///
  /// - Parameters:
  ///   - own, teacher: What both say, `[examples, outputs]`; nil of the teacher itself.
  ///   - targets: What belongs to the examples; nil where nothing does.
  package func measures(_ own: Tensor, teacher: Tensor?, targets: Tensor?) -> [TaskMeasure] {
    switch self {
    case .labels: labelMeasures(own, teacher, targets)
    case .embeddings: teacher.map { embeddingMeasures(own, $0) } ?? []
    case .classes, .regression: []
    }
  }

  /// The measure that a word is about.
  package var certified: String { self == .labels ? "macro F1" : "cosine with the teacher" }

  /// What that can be.
  package var certifiedRange: ClosedRange<Double> { self == .labels ? 0...1 : -1...1 }

  private func labelMeasures(
    _ own: Tensor,
    _ teacher: Tensor?,
    _ targets: Tensor?
  ) -> [TaskMeasure] {
    let said = LabelPredictions(logits: own, labels: targets)
    var measures: [TaskMeasure] = []
    func add(_ name: String, _ key: String, _ values: Tensor?) {
      if let values { measures.append(TaskMeasure(name: name, key: key, values: values)) }
    }
    add("micro F1", "microF1", said.microF1)
    add("macro F1", "macroF1", said.macroF1)
    add("mean average precision", "averagePrecision", said.averagePrecision)
    add("log-probability", "logProbability", said.logProbability)
    if let teacher {
      let taught = LabelPredictions(logits: teacher, labels: nil)
      add("agreement", "agreement", said.agreement(with: taught))
      add("KL from teacher", "divergence", said.divergence(from: taught))
    }
    return measures
  }

  private func embeddingMeasures(_ own: Tensor, _ teacher: Tensor) -> [TaskMeasure] {
    let both = EmbeddingComparison(own, teacher: teacher)
    return [
      ("cosine with the teacher", "cosine", both.cosine),
      ("rank correlation", "rankCorrelation", both.rankCorrelation),
      ("same nearest example", "nearest", both.nearest),
    ].map { TaskMeasure(name: $0, key: $1, values: $2) }
  }
}
