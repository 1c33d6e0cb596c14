import Distillation
import Tensors

/// What every frame of utterances is: 0 for no speech, 1 + word for the frames of a word, −1 where that
/// is not known. Looked up by the number of the utterance, as batches of `Examples` carry it.
public struct FrameLabels {
  /// `[utterances, frames]`, Int64.
  public let classes: Tensor
  /// The word of each utterance.
  public let words: [Int]
  /// How many words there are; there is one class more.
  public let wordCount: Int

  /// - Parameters:
  ///   - words: Of each utterance, 0 ..< `wordCount`.
  ///   - isSpeech: `[utterances, frames]`.
  /// - Throws: ``SpeechError`` when they do not belong together.
  public init(words: [Int], of wordCount: Int, where isSpeech: Tensor) throws {
    guard isSpeech.rank == 2, isSpeech.shape[0] == words.count else {
      throw SpeechError("\(words.count) words for frames of shape \(isSpeech.shape)")
    }
    guard words.allSatisfy((0..<wordCount).contains) else {
      throw SpeechError("some of the words are not 0 ..< \(wordCount)")
    }
    let numbers = Tensor(words.map { $0 + 1 }, on: isSpeech.device).insertingAxis(1)
    classes = isSpeech.cast(to: .int64) * numbers
    self.words = words
    self.wordCount = wordCount
  }

  public var classCount: Int { wordCount + 1 }
  public var frames: Int { classes.shape[1] }

  /// Every second, third, … frame, as a network with a stride has them.
  public func every(_ stride: Int) -> FrameLabels {
    FrameLabels(self, classes.slicing(0..<frames, along: 1, by: stride), words)
  }

  /// Those of some utterances, in that order.
  public func rows(_ utterances: [Int]) -> FrameLabels {
    let numbers = Tensor(utterances, on: classes.device)
    return FrameLabels(self, classes[rows: numbers], utterances.map { words[$0] })
  }

  /// The same, of which only those of some utterances are known: losses pass over the others.
  public func known(_ utterances: [Int]) -> FrameLabels {
    var isKnown = [Int](repeating: 0, count: words.count)
    for utterance in utterances { isKnown[utterance] = 1 }
    let mask = Tensor(isKnown, on: classes.device).insertingAxis(1)
    return FrameLabels(self, classes * mask + (mask - 1), words)
  }

  private init(_ other: FrameLabels, _ classes: Tensor, _ words: [Int]) {
    (self.classes, self.words, wordCount) = (classes, words, other.wordCount)
  }

  /// - Parameter utterances: Their numbers, `[batch]`.
  func at(_ utterances: Tensor) throws -> Tensor {
    let last = utterances.count == 0 ? 0 : utterances.maximum().scalar(Int.self)
    guard last < words.count else {
      throw DistillationError(
        "the frames of utterance \(last) are wanted, but those of \(words.count) are known: give "
          + "batches of the utterances that the labels belong to"
      )
    }
    return classes[rows: utterances]
  }
}
