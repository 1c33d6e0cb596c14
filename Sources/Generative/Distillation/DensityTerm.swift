import Distillation

/// The terms of losses of log-densities that are more than a value of two observations, or that the
/// kernels of NADE compute.
enum DensityTerm: TermIdentity {
  case likelihood
  case conditional
  /// ½(log q − log p̃ + c)²; c is learnt where it is nil.
  case squared(constant: Double?)
  /// KL(q‖p) on samples of the student's own.
  case reverse(samples: Int)
}

extension Loss.Term {
  var densityTerm: DensityTerm? { identity as? DensityTerm }
}
