import Tensors

extension Loss {
  /// Mean over the batch and j of ((s_0 − s_j) − (t_0 − t_j))², for rankers: the values of an example
  /// are the scores of one query's documents, the relevant one first.
  ///
  /// Only margins count: a constant added to all scores of a query changes nothing. Takes logits and
  /// real numbers, two or more. No factor ½, as in the paper.
  ///
  /// Hofstätter et al., *Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge
  /// Distillation* (2020).
  public static var marginSquaredError: Loss {
    Loss("marginSquaredError", needs: Needs(teacher: true)) { comparison in
      func scores(_ observation: Observation) throws -> Tensor {
        let count = observation.outputCount
        guard observation.meaning == .reals || observation.meaning == .logits, count > 1 else {
          throw DistillationError(
            "marginSquaredError compares two or more scores of an example, not \(count) "
              + "\(observation.meaning.words): observe both as reals, the relevant document first"
          )
        }
        return observation.values
      }
      let difference = try scores(comparison.student) - scores(comparison.taught())
      // Against itself the relevant document has no margin: taking it along leaves the sum as it is.
      let margins = difference + -difference.slicing(0..<1, along: 1)
      let zero = Tensor.zeros([1, 1], margins.elementType, on: margins.device)
      return sumOfSquares(margins, zero.broadcast(to: margins.shape))
        / Double(margins.count - margins.shape[0])
    }
  }
}
