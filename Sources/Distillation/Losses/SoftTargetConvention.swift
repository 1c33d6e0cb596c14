import Tensors

/// What well-known code computes as "the distillation loss": to move an old recipe over, weights
/// and all.
///
/// Beside T² KL(t‖f) as the mean over the batch (RepDistiller, mdistiller, torchdistill with its
/// default, Keras): ``Loss/kullbackLeibler(temperature:)``. With K classes:
public enum SoftTargetConvention: String, Sendable, CaseIterable, Codable {
  /// NVIDIA ModelOpt's default (2025), a mean over batch × classes: T² KL / K.
  case modelOptDefault
  /// TAKD (Mirzadeh et al. 2020), the same mean: T² KL / K.
  case teacherAssistant2020
  /// peterliht's knowledge-distillation-pytorch, the same mean: T² KL / K.
  case haitongli
  /// Tf-KD (Yuan et al. 2020), the same mean: T² KL / K; its recipes multiply by 1, 10 or 50.
  case teacherFree2020
  /// nocotan's born-again networks (2018), a mean over batch × classes without T²: KL / K. A version
  /// of it multiplies by T²: that is ``haitongli``.
  case bornAgain2018
  /// TextBrewer's `kd_ce_loss` (2020), without T²: −Σ t log f.
  case textBrewer
  /// torchdistill's `KDLoss` with alpha 0 (2020), without T²: KL.
  case torchdistillWithoutLabels
  /// KD_Lib's `VanillaKD` (2020), a square error of probabilities: T² Σ (f − t)² / K.
  case kdLib
  /// torchtune's forward KL (2024) has no temperature: −Σ t log f at T = 1, whatever T is.
  case torchtune
  /// Intel's neural-compressor (2021), with the teacher's entropy: −T² Σ t log f.
  case neuralCompressor
}

extension Loss {
  /// The loss on softened probabilities as other code has it, mean over the batch.
  ///
  /// The same gradient as T² KL(t‖f) up to the stated factor, except for ``SoftTargetConvention/kdLib``
  /// and ``SoftTargetConvention/torchtune``, which are other losses.
  public static func softTargets(
    as convention: SoftTargetConvention,
    temperature: Double = 4
  ) -> Loss {
    typealias Formula = (_ own: Tensor, _ target: Tensor) -> Tensor
    let squared = temperature * temperature
    let relative: Formula = { own, target in divergence(of: own, from: target) }
    let crossEntropy: Formula = { own, target in
      -weighted(own, by: target.exponential).sum(along: 1)
    }
    func perElement(_ formula: @escaping Formula, _ scale: Double) -> Formula {
      { own, target in formula(own, target) * (scale / Double(own.shape[1])) }
    }
    let formula: Formula =
      switch convention {
      case .modelOptDefault, .teacherAssistant2020, .haitongli, .teacherFree2020:
        perElement(relative, squared)
      case .bornAgain2018: perElement(relative, 1)
      case .torchdistillWithoutLabels: relative
      case .textBrewer, .torchtune: crossEntropy
      case .neuralCompressor: { crossEntropy($0, $1) * squared }
      case .kdLib:
        perElement({ ($0.exponential - $1.exponential).squared.sum(along: 1) }, squared)
      }
    precondition(temperature > 0, "\(convention): temperature \(temperature) is not positive")
    let softening = convention == .torchtune ? 1 : temperature
    return Loss(
      convention.rawValue,
      convention == .torchtune ? [] : [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try comparison.student.logProbabilities(temperature: softening)
      let target = try comparison.taught().logProbabilities(temperature: softening)
      return formula(own, target).mean()
    }
  }
}
