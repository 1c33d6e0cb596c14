import Distillation
import Exchange
import Tensors

/// What models say of an example.
public enum CompressionTask: String, Codable, CaseIterable, Sendable {
  /// One of several classes.
  case classes
  /// Real numbers.
  case regression
  /// Labels that do not exclude each other: of each how probable it is.
  case labels
  /// A vector, of which the direction counts.
  case embeddings

  /// What models give, as losses compare it; nil where that depends on the model.
  package var meaning: Observation.Meaning? {
    switch self {
    case .classes: nil
    case .regression, .embeddings: .reals
    case .labels: .labelLogits
    }
  }

  /// What belongs to examples where something does; nil for a class.
  package var targets: TargetKind? {
    switch self {
    case .classes: nil
    case .regression: .reals
    case .labels: .labels
    case .embeddings: TargetKind.none
    }
  }

  /// What students give, in words.
  package var words: String {
    switch self {
    case .classes: "classes"
    case .regression: "real numbers"
    case .embeddings: "vectors"
    case .labels: "labels that do not exclude each other"
    }
  }

  /// What outputs are called.
  package var outputs: String {
    switch self {
    case .classes: "classes"
    case .regression, .embeddings: "outputs"
    case .labels: "labels"
    }
  }

  /// The loss on what belongs to the examples.
  package var controlLoss: String {
    switch self {
    case .classes: "crossEntropy"
    case .regression: "squaredError"
    case .labels: "binaryCrossEntropy"
    // Never trained with.
    case .embeddings: "embeddingCosine"
    }
  }
}

extension DataPlan {
  /// What models say of an example.
  package var task: CompressionTask { ownTask ?? (areReals == true ? .regression : .classes) }
}

extension CompressOptions {
  /// What models are to say of an example.
  package var askedTask: CompressionTask { task ?? (areReals ? .regression : .classes) }
}
