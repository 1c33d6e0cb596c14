import Foundation
import Tensors

/// A teacher that was observed once at every example of a data set, and replays it.
///
/// ```swift
/// let recorded = try RecordedTeacher(of: ensemble, on: images, derivatives: true)
/// let batches = Examples(images).batches(of: 20, epochs: 40, shuffled: 1)
/// try distill(recorded, into: student, on: batches, minimizing: .softCrossEntropy())
/// ```
///
/// It is asked by ``Batch/indices``: the inputs of the batch are not looked at, so these must be the
/// examples themselves, neither augmented nor in another order.
public struct RecordedTeacher: Teacher {
  /// The observation of the whole data set.
  public let observation: Observation
  /// What rounding the derivatives for storage did: √(Σ(J̃ − J)² / ΣJ²). Zero without rounding.
  public let derivativeError: Double

  /// The number of examples recorded.
  public var count: Int { observation.batchSize }

  /// Replays an observation made elsewhere.
  public init(_ observation: Observation) { self.init(observation, derivativeError: 0) }

  init(_ observation: Observation, derivativeError: Double) {
    (self.observation, self.derivativeError) = (observation, derivativeError)
  }

  /// Observes `teacher` at all examples.
  ///
  /// - Parameters:
  ///   - examples: `[examples, inputs…]`.
  ///   - derivatives: Whether to record derivatives too: examples × outputs × inputs numbers.
  ///   - derivativeStorage: With `.bfloat16` they are stored in half the space, and
  ///     ``derivativeError`` says what that cost (at most 2⁻⁸).
  ///   - chunk: How many examples the teacher is asked about at once.
  ///   - progress: Called after each chunk with the examples done and all of them; what it throws
  ///     ends the recording.
  /// - Throws: ``DistillationError`` when the teacher cannot answer, and what `progress` throws.
  public init(
    of teacher: any Teacher,
    on examples: Tensor,
    derivatives: Bool = false,
    features: Set<String> = [],
    derivativeStorage: Products = .float32,
    chunk: Int = 1_000,
    progress: ((_ done: Int, _ all: Int) throws -> Void)? = nil
  ) throws {
    try self.init(
      of: teacher,
      on: Examples(examples),
      derivatives: derivatives,
      features: features,
      derivativeStorage: derivativeStorage,
      chunk: chunk,
      progress: progress
    )
  }

  /// The same at examples that need not be in memory.
  package init(
    of teacher: any Teacher,
    on examples: Examples,
    derivatives: Bool = false,
    features: Set<String> = [],
    derivativeStorage: Products = .float32,
    chunk: Int = 1_000,
    progress: ((_ done: Int, _ all: Int) throws -> Void)? = nil
  ) throws {
    let count = examples.count
    guard count > 0 else { throw DistillationError("there are no examples to record a teacher on") }
    let request = Request(derivatives: derivatives ? .all : .none, features: features)
    var parts: [Observation] = []
    var table: DerivativeTable?
    try examples.forEachPart(of: chunk) { rows, inputs in
      var seen = try teacher.observe(inputs, request)
      if derivatives {
        guard let own = seen.derivatives else {
          throw DistillationError(
            "this teacher gives no derivatives: record its values only, or choose a teacher that "
              + "answers requests for derivatives"
          )
        }
        if table == nil { table = DerivativeTable(count, like: own, derivativeStorage) }
        table?.store(own, at: rows.lowerBound)
        seen.derivatives = nil
      }
      parts.append(seen)
      try progress?(rows.upperBound, count)
    }
    var whole = Observation(concatenating: parts)
    whole.derivatives = table?.tensor
    observation = whole
    derivativeError = table?.relativeError ?? 0
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    throw DistillationError(
      "a recorded teacher answers for examples by their number: give batches of the examples it "
        + "was recorded on, with their indices"
    )
  }

  public func observe(_ batch: Batch, _ request: Request) throws -> Observation {
    guard let indices = batch.indices else { return try observe(batch.inputs, request) }
    var asked = observation
    switch request.derivatives {
    case .none: asked.derivatives = nil
    default:
      guard asked.derivatives != nil else {
        throw DistillationError(
          "this teacher was recorded without derivatives: record it with derivatives: true"
        )
      }
    }
    asked.features = asked.features.filter { request.features.contains($0.key) }
    var result = asked.rows(indices)
    result.derivatives = result.derivatives?.cast(to: result.values.elementType)
    if case .along(let directions) = request.derivatives {
      result.projection = try .init(
        directions: directions,
        derivatives: result.derivatives(along: directions)
      )
    }
    return result
  }
}

/// Derivatives of many examples, filled in chunk by chunk so that they are in memory only once.
private struct DerivativeTable {
  private(set) var tensor: Tensor
  private let storage: ElementType
  private var squaredError = 0.0
  private var squaredNorm = 0.0

  init(_ count: Int, like derivatives: Tensor, _ products: Products) {
    storage = products == .bfloat16 ? .bfloat16 : derivatives.elementType
    tensor = .zeros([count] + derivatives.shape.dropFirst(), storage)
  }

  var relativeError: Double {
    squaredNorm == 0 ? 0 : (squaredError / squaredNorm).squareRoot()
  }

  mutating func store(_ derivatives: Tensor, at row: Int) {
    let stored = derivatives.cast(to: storage)
    if storage != derivatives.elementType {
      let difference = stored.cast(to: derivatives.elementType) - derivatives
      squaredError += difference.squared.sum().doubleValue
      squaredNorm += derivatives.squared.sum().doubleValue
    }
    let rowBytes = stored.count / max(stored.shape[0], 1) * storage.byteCount
    stored.withUnsafeBytes { source in
      tensor.withUnsafeMutableBytes { target in
        UnsafeMutableRawBufferPointer(rebasing: target[(row * rowBytes)...]).copyMemory(
          from: source
        )
      }
    }
  }
}
