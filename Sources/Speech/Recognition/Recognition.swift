import Tensors

/// How frames and words of utterances were recognised.
///
/// The word is the one that the frames' probabilities add up to most, Σ_t p(w | t): frames without
/// speech vote for none.
public struct Recognition {
  /// Of each utterance, the share of its frames of speech whose most probable class, silence among
  /// them, is its word.
  public let frameAccuracies: [Double]
  /// The word of each utterance.
  public let words: [Int]
  /// Whether it is the right one.
  public let isRight: [Bool]

  /// - Parameter logits: `[utterances, frames, classes]`.
  /// - Throws: ``SpeechError`` when the labels are of others, or an utterance has no frame of speech.
  public init(of logits: Tensor, _ labels: FrameLabels) throws {
    guard logits.shape == labels.classes.shape + [labels.classCount] else {
      throw SpeechError(
        "logits of shape \(logits.shape) for labels of shape \(labels.classes.shape) with "
          + "\(labels.classCount) classes"
      )
    }
    let isSpeech = (labels.classes .> 0).cast(to: .float64)
    let counts = isSpeech.sum(along: 1)
    guard (counts .> 0).isAllTrue else {
      throw SpeechError("some utterances have no frame of speech")
    }
    let found = logits.indexOfMaximum(along: 2)
    let hits = (found .== labels.classes).cast(to: .float64) * isSpeech
    frameAccuracies = (hits.sum(along: 1) / counts).scalars(Double.self)
    let votes = logits.softmax(along: 2).sum(along: 1)
    words = votes.slicing(1..<labels.classCount, along: 1).indexOfMaximum(along: 1).scalars(
      Int.self
    )
    isRight = zip(words, labels.words).map { $0 == $1 }
  }

  public var frameAccuracy: Double { frameAccuracies.reduce(0, +) / Double(frameAccuracies.count) }
  public var wordAccuracy: Double { Double(isRight.count { $0 }) / Double(isRight.count) }
}
