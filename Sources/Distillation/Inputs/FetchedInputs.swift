import Tensors

/// Inputs of examples that are fetched when they are asked for, because memory does not hold all.
public protocol FetchedInputs: AnyObject {
  var count: Int { get }
  /// Of one input.
  var shape: [Int] { get }
  var device: Device { get }

  /// Inputs in the order given, `[places] + shape`.
  ///
  /// - Parameter next: Which will be asked for after them, in turn and from 1; nil where none will be. They
  ///   may be fetched already, on other threads.
  /// - Throws: What fetching throws.
  func rows(_ places: [Int], then next: (Int) -> [Int]?) throws -> Tensor
}

/// Some of the inputs that something fetches.
private final class FetchedPart: FetchedInputs {
  private let whole: any FetchedInputs
  private let places: [Int]

  init(_ whole: any FetchedInputs, _ places: [Int]) { (self.whole, self.places) = (whole, places) }

  var count: Int { places.count }
  var shape: [Int] { whole.shape }
  var device: Device { whole.device }

  func rows(_ rows: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    func own(_ rows: [Int]) -> [Int] { rows.map { places[$0] } }
    return try whole.rows(own(rows)) { next($0).map(own) }
  }
}

/// The inputs of several things that fetch, one after another.
package final class JoinedInputs: FetchedInputs {
  private let parts: [Examples]
  private let starts: [Int]
  package let count: Int

  /// - Parameter parts: At least one, of inputs of one shape.
  package init(_ parts: [Examples]) {
    var (starts, count) = ([Int](), 0)
    for part in parts {
      starts.append(count)
      count += part.count
    }
    (self.parts, self.starts, self.count) = (parts, starts, count)
  }

  package var shape: [Int] { parts[0].inputShape }
  package var device: Device { parts[0].device }

  package func rows(_ places: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    var (found, order) = ([Tensor](), [Int](repeating: 0, count: places.count))
    var count = 0
    for (part, start) in zip(parts, starts) {
      func own(_ places: [Int]) -> [Int] {
        places.compactMap { start..<start + part.count ~= $0 ? $0 - start : nil }
      }
      let asked = own(places)
      for (index, place) in places.enumerated() where start..<start + part.count ~= place {
        order[index] = count
        count += 1
      }
      guard !asked.isEmpty else { continue }
      found.append(
        try part.inputs(at: asked) { turn in
          // Of the next batches those that ask this part for something.
          var (left, step) = (turn, 1)
          while let following = next(step).map(own) {
            if !following.isEmpty { left -= 1 }
            if left == 0 { return following }
            step += 1
            if step > 64 { return nil }
          }
          return nil
        }
      )
    }
    let all = found.count == 1 ? found[0] : Tensor.concatenated(found)
    return order == Array(0..<order.count) ? all : all[rows: Tensor(order).moved(to: device)]
  }
}

extension Examples {
  /// Examples whose inputs are fetched.
  ///
  /// ```swift
  /// let batches = Examples(fetching: photographs).batches(of: 100, epochs: nil, shuffled: 1)
  /// ```
  ///
  /// - Parameter labels: As of ``init(_:labels:)``; they are in memory.
  public init(fetching inputs: any FetchedInputs, labels: Tensor? = nil) {
    precondition(
      labels == nil || labels?.shape == [inputs.count],
      "Examples: labels of shape \(labels?.shape ?? []) for \(inputs.count) inputs"
    )
    self.init(.fetched(inputs), labels)
  }

  /// Of one input.
  package var inputShape: [Int] {
    switch content {
    case .kept(let inputs): Array(inputs.shape.dropFirst())
    case .fetched(let inputs): inputs.shape
    }
  }

  /// Where inputs are.
  package var device: Device {
    switch content {
    case .kept(let inputs): inputs.device
    case .fetched(let inputs): inputs.device
    }
  }

  /// Whether inputs are fetched.
  package var areFetched: Bool {
    if case .fetched = content { true } else { false }
  }

  /// Inputs in the order given.
  ///
  /// - Parameter next: Which will be asked for after them, in turn and from 1. The default is none.
  package func inputs(at places: [Int], then next: (Int) -> [Int]? = { _ in nil }) throws -> Tensor
  {
    switch content {
    case .kept(let inputs): inputs[rows: Tensor(places).moved(to: inputs.device)]
    case .fetched(let inputs): try inputs.rows(places, then: next)
    }
  }

  /// The same inputs with other labels.
  package func with(labels: Tensor) -> Examples { Examples(content, labels) }

  /// All inputs a part at a time, in their order.
  ///
  /// - Parameter size: How many at once.
  package func forEachPart(
    of size: Int,
    _ body: (_ rows: Range<Int>, _ inputs: Tensor) throws -> Void
  ) throws {
    for start in stride(from: 0, to: count, by: size) {
      let rows = start..<min(start + size, count)
      switch content {
      case .kept(let inputs): try body(rows, inputs[rows])
      case .fetched(let inputs):
        let found = try inputs.rows(Array(rows)) { [count] step in
          let start = rows.upperBound + (step - 1) * size
          return start < count ? Array(start..<min(start + size, count)) : nil
        }
        try body(rows, found)
      }
    }
  }

  /// What a teacher says about all of them, one part after another where inputs are fetched.
  ///
  /// - Parameter value: What is kept of an observation.
  package func observed(
    by teacher: any Teacher,
    _ value: (Observation) throws -> Tensor
  ) throws -> Tensor {
    guard areFetched else { return try value(teacher.observe(inputs)) }
    var parts: [Tensor] = []
    // A multiple of what ensembles look at at once: the numbers are then those of all at once.
    try forEachPart(of: 2_048) { parts.append(try value(teacher.observe($1))) }
    return .concatenated(parts)
  }

  /// Some of the examples as a batch, with their numbers.
  func batch(of indices: Tensor, then next: (Int) -> [Int]? = { _ in nil }) throws -> Batch {
    guard case .fetched(let fetched) = content else { return Batch(self, rows: indices) }
    return Batch(
      try fetched.rows(indices.scalars(Int.self), then: next),
      labels: labels?[rows: indices],
      indices: indices
    )
  }

  /// Some of them.
  func part(_ places: [Int], _ labels: Tensor?) -> Examples? {
    guard case .fetched(let fetched) = content else { return nil }
    return Examples(.fetched(FetchedPart(fetched, places)), labels)
  }
}
