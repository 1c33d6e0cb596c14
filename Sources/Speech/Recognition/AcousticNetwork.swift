import Distillation
import Networks
import Tensors

/// A network over the frames of an utterance: `[batch, frames, features]` to the logits of the classes
/// of every frame, `[batch, frames/stride · classes]`.
///
/// ```swift
/// let teacher = AcousticNetwork(features: 120, widths: [160, 160, 160], classes: 11, using: generator)
/// let student = AcousticNetwork(
///   features: 120, widths: [32, 32], recurrent: 24, classes: 11, using: generator)
/// ```
///
/// Convolutions along time of five frames each, dilated by 1, 1, 2, 4, …, so that every layer sees
/// twice as far (time-delay networks, Waibel et al. 1989; Peddinti et al. 2015), each with batch
/// normalisation and ReLU; behind them, if wanted, gated recurrent units that listen in both directions;
/// last the classes of each frame.
///
/// Taps: `layers.0`, …, `[batch, channels, frames]`.
public struct AcousticNetwork: MeaningfulModule {
  /// Logits frame by frame, which only the losses of this room read.
  public let meaning = Observation.Meaning.reals
  public let layers: [Sequential]
  public let recurrence: GRU?
  public let output: Linear
  /// How many frames of features become one of classes.
  public let stride: Int
  public let classes: Int

  /// - Parameters:
  ///   - widths: Channels of the convolutions.
  ///   - recurrent: Units of the recurrent layer in each direction; 0 for none.
  ///   - stride: Of the first convolution. The default is 2: a frame of classes every 20 ms.
  public init(
    features: Int,
    widths: [Int],
    recurrent: Int = 0,
    stride: Int = 2,
    classes: Int,
    using generator: RandomGenerator
  ) {
    precondition(!widths.isEmpty && stride > 0 && classes > 1, "AcousticNetwork of \(widths)")
    self.stride = stride
    self.classes = classes
    layers = zip([features] + widths, widths).enumerated().map { index, sizes in
      let dilation = index == 0 ? 1 : 1 << (index - 1)
      return Sequential(
        Convolution1D(
          sizes.0,
          sizes.1,
          size: 5,
          stride: index == 0 ? stride : 1,
          padding: 2 * dilation,
          dilation: dilation,
          bias: false,
          using: generator
        ),
        BatchNorm(sizes.1, on: generator.device),
        Activation.relu
      )
    }
    let last = widths[widths.count - 1]
    recurrence =
      recurrent == 0 ? nil : GRU(last, recurrent, isBidirectional: true, using: generator)
    output = Linear(recurrent == 0 ? last : 2 * recurrent, classes, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard
      holds(input.rank == 3, "an acoustic network heard \(input.shape): [batch, frames, features]")
    else { return input }
    var value = input.transposed()
    for (index, layer) in layers.enumerated() {
      value = pass.tap("layers.\(index)", pass.within("layers.\(index)") { layer(value, pass) })
    }
    value = value.transposed()
    if let recurrence { value = recurrence(value, pass) }
    return output(value, pass).flattened(from: 1)
  }

  public var members: [(name: String, member: ModuleMember)] {
    layers.enumerated().map { ("layers.\($0.offset)", .module($0.element)) }
      + (recurrence.map { [("recurrence", .module($0))] } ?? []) + [("output", .module(output))]
  }

  /// Frames of classes that so many frames of features have.
  public func frames(of count: Int) -> Int { (count + stride - 1) / stride }

  /// Logits of many utterances, `[utterances, frames, classes]`, some at a time.
  public func logits(of utterances: Tensor, chunk: Int = 200) -> Tensor {
    let count = utterances.shape[0]
    let parts = Swift.stride(from: 0, to: count, by: chunk).map { start in
      withoutGradient { self(utterances[start..<min(start + chunk, count)]) }
    }
    let values = Tensor.concatenated(parts)
    return values.reshaped(to: [count, values.shape[1] / classes, classes])
  }
}
