import Networks
import Tensors

/// How far apart what the student does and what the teacher does are.
///
/// A loss is a sum of weighted terms; losses add and scale:
///
/// ```swift
/// let loss: Loss = .softCrossEntropy(temperature: 4) + 0.1 * .derivativeSquaredError
/// print(loss)  // softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError
/// ```
///
/// Every term is a mean over the batch (never over batch × classes), so that splitting a batch and
/// averaging changes nothing. Terms with a temperature T are multiplied by T², which keeps the size
/// of their gradient as T grows (Hinton, Vinyals & Dean 2015).
///
/// A loss is a value that may serve any number of students. What a term learns or remembers for one
/// of them, such as a projector or a memory of examples, is made when it is bound to that student:
/// see ``BoundLoss``.
public struct Loss: CustomStringConvertible {
  /// One summand.
  public struct Term {
    /// What multiplies the term.
    public var weight: Double
    /// The name of the formula, such as `softCrossEntropy`.
    public let name: String
    /// Where features are compared, as it is written: `of` and `3 → 5`.
    public let taps: [(name: String, value: String)]
    /// The formula's settings in order, such as `temperature` 4.
    public var settings: [(name: String, value: Double)]
    /// What must be observed.
    public let needs: Needs
    /// Makes the unweighted term for one student and one teacher.
    let bind: (Binding) throws -> BoundTerm
    /// Whether the gradient towards one draw of a random teacher is on average the gradient towards
    /// the mean of its draws: whether the gradient is linear in the teacher's probabilities, their
    /// derivatives, or real numbers.
    public var isUnbiasedOnline = false
    /// What engines know the term as; nil for one that only differentiation computes.
    public var identity: (any TermIdentity)?

    init(
      _ name: String,
      _ settings: [(name: String, value: Double)],
      taps: [(name: String, value: String)]?,
      needs: Needs,
      bind: @escaping (Binding) throws -> BoundTerm
    ) {
      weight = 1
      self.name = name
      self.taps = taps ?? Self.taps(of: needs)
      self.settings = settings
      self.needs = needs
      self.bind = bind
    }
  }

  public var terms: [Term]

  public init(_ terms: [Term]) { self.terms = terms }

  /// A loss of one term that is a function of what student and teacher do.
  ///
  /// - Parameters:
  ///   - taps: Where features are compared, as it is written. The default is what is needed,
  ///     student → teacher.
  ///   - value: The unweighted term: a scalar.
  public init(
    _ name: String,
    _ settings: [(name: String, value: Double)] = [],
    taps: [(name: String, value: String)]? = nil,
    needs: Needs,
    value: @escaping (Comparison) throws -> Tensor
  ) {
    let bound = BoundTerm(value: value)
    self = .binding(name, settings, taps: taps, needs: needs) { _ in bound }
  }

  /// A loss of one term that has networks, or remembers something, for each student.
  ///
  /// - Parameter bind: Makes the term for one student and one teacher.
  public static func binding(
    _ name: String,
    _ settings: [(name: String, value: Double)] = [],
    taps: [(name: String, value: String)]? = nil,
    needs: Needs,
    _ bind: @escaping (Binding) throws -> BoundTerm
  ) -> Loss {
    Loss([Term(name, settings, taps: taps, needs: needs, bind: bind)])
  }

  /// What all terms need together.
  public var needs: Needs { terms.reduce(Needs()) { $0.union($1.needs) } }

  /// The weighted sum, a scalar, of a loss that is bound for this comparison alone.
  ///
  /// - Throws: ``DistillationError`` when the observations cannot be compared.
  public func callAsFunction(_ comparison: Comparison) throws -> Tensor {
    try bound(seeing: comparison)(comparison)
  }

  /// The same loss, of which engines know every term as `identity`.
  public func identified(as identity: some TermIdentity) -> Loss {
    Loss(
      terms.map { term in
        var term = term
        term.identity = identity
        return term
      }
    )
  }

  /// The same loss, of which the kernels of this room know every term as `form`.
  func fused(as form: KernelForm) -> Loss { identified(as: form) }

  /// The same loss, declared right on average for one draw of a random teacher
  /// (``Term/isUnbiasedOnline``).
  public func unbiasedOnline() -> Loss {
    Loss(
      terms.map { term in
        var term = term
        term.isUnbiasedOnline = true
        return term
      }
    )
  }

  /// Refuses observations of one draw where a term would be wrong on average.
  ///
  /// - Throws: ``DistillationError`` naming the term.
  func requireUnbiased(for target: Observation?) throws {
    guard target?.isOneDraw == true, let term = terms.first(where: { !$0.isUnbiasedOnline }) else {
      return
    }
    throw DistillationError(
      "\(term.name) is biased online, because its gradient is not linear in the one draw that "
        + "stands for the mean of all: use softCrossEntropy() or averageScoreMatching, distil from "
        + "a bag of draws, or accept the bias explicitly where the draws are observed"
    )
  }

  public static func + (a: Loss, b: Loss) -> Loss { Loss(a.terms + b.terms) }

  public static func * (weight: Double, loss: Loss) -> Loss {
    Loss(
      loss.terms.map { term in
        var term = term
        term.weight *= weight
        return term
      }
    )
  }

  public var description: String { terms.map(\.description).joined(separator: " + ") }
}

extension Loss.Term: CustomStringConvertible {
  /// The term as it would be written, such as `0.1 * softCrossEntropy(temperature: 4)`.
  public var description: String {
    let list =
      taps.map { "\($0.name): \($0.value)" }
      + settings.map { "\($0.name): \(numberText($0.value))" }
    let formula = list.isEmpty ? name : "\(name)(\(list.joined(separator: ", ")))"
    return weight == 1 ? formula : "\(numberText(weight)) * \(formula)"
  }

  private static func taps(of needs: Needs) -> [(name: String, value: String)] {
    let (own, other) = (needs.studentFeatures.sorted(), needs.teacherFeatures.sorted())
    guard !own.isEmpty else { return [] }
    let names = own == other ? own : own + ["→"] + other
    return [("of", names.joined(separator: " "))]
  }
}
