import Foundation
import Tensors

extension LogMel {
  /// Which frames hold speech, by their energy alone: those within `decibels` of the loudest one.
  ///
  /// Good for words that were recorded in quiet; noise as loud as that is taken for speech.
  ///
  /// - Parameter samples: `[…, samples]`.
  /// - Returns: `[…, frames]`, of Booleans.
  public func isSpeech(_ samples: Tensor, within decibels: Double = 30) -> Tensor {
    let energies = energies(samples)
    let loudest = energies.maximum(along: -1, keepingAxes: true)
    return (energies .> loudest * pow(10, -decibels / 10)) .& (energies .> 0)
  }
}
