import CTorch
import Testing

/// All NADE tests.
@Suite enum NADETests {}

/// One way through the kernels: an instruction set and an arithmetic.
struct KernelPath: CustomTestStringConvertible, Sendable {
  var architecture: String
  var polynomial: Bool
  var testDescription: String { "\(architecture), \(polynomial ? "polynomial" : "automatic")" }

  /// Those this processor can run.
  static let all: [KernelPath] = {
    defer { distill_architecture_select(nil) }
    return ["baseline", "avx2", "avx512"].filter { (name: String) in
      distill_architecture_select(name)
    }
    .flatMap { name in
      [false, true].map { KernelPath(architecture: name, polynomial: $0) }
    }
  }()
  static let best = all.last { !$0.polynomial }!

  func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    return try body()
  }
}

/// The C plan with arrays of Swift around it.
final class NADEKernel {
  let plan: OpaquePointer
  let inputs: Int
  let hidden: Int

  init(_ model: ReferenceNADE, path: KernelPath = .best, threads: Int32 = 1) {
    inputs = model.inputs
    hidden = model.hidden
    plan = distill_nade_create(
      Int32(inputs),
      Int32(hidden),
      Int32(model.rectified ? DISTILL_NADE_RELU : DISTILL_NADE_LOGISTIC),
      model.order
    )!
    distill_nade_set_threads(plan, threads)
    distill_nade_set_arithmetic(
      plan,
      Int32(path.polynomial ? DISTILL_NADE_POLYNOMIAL : DISTILL_NADE_AUTOMATIC)
    )
    write(model.flat.map { Float($0) })
  }
  deinit { distill_nade_destroy(plan) }

  /// Calls `body` with the parts W, U, c, b of an array that holds them one after the other.
  private func withParts(_ flat: inout [Float], _ body: (distill_nade_arrays) -> Void) {
    let size = inputs * hidden
    precondition(flat.count == 2 * size + hidden + inputs)
    flat.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress!
      body(
        distill_nade_arrays(
          W: start,
          U: start + size,
          c: start + 2 * size,
          b: start + 2 * size + hidden
        )
      )
    }
  }
  func read(_ what: Int = DISTILL_NADE_PARAMETERS) -> [Float] {
    made { distill_nade_read(plan, Int32(what), $0) }
  }
  func write(_ values: [Float], to what: Int = DISTILL_NADE_PARAMETERS) {
    var values = values
    withParts(&values) { distill_nade_write(plan, Int32(what), $0) }
  }
  func apply(_ gradient: [Float]) {
    var gradient = gradient
    withParts(&gradient) { distill_nade_apply(plan, $0) }
  }
  private func made(_ body: (distill_nade_arrays) -> Void) -> [Float] {
    var flat = [Float](repeating: .nan, count: 2 * inputs * hidden + hidden + inputs)
    withParts(&flat, body)
    return flat
  }

  /// Bytes when all pixels are 0 or 1, else floats.
  func withImages<Result>(
    _ images: [[Double]],
    asFloats: Bool = false,
    _ body: (distill_nade_images) -> Result
  ) -> Result {
    let pixels = images.flatMap { $0 }
    let count = Int64(images.count)
    if asFloats || !pixels.allSatisfy({ $0 == 0 || $0 == 1 }) {
      return pixels.map { Float($0) }.withUnsafeBytes {
        body(
          distill_nade_images(
            pixels: $0.baseAddress!,
            format: Int32(DISTILL_NADE_FLOAT),
            count: count
          )
        )
      }
    }
    return pixels.map { UInt8($0) }.withUnsafeBytes {
      body(
        distill_nade_images(
          pixels: $0.baseAddress!,
          format: Int32(DISTILL_NADE_UINT8),
          count: count
        )
      )
    }
  }

  func logProbability(_ images: [[Double]], asFloats: Bool = false) -> [Float] {
    var result = [Float](repeating: .nan, count: images.count)
    withImages(images, asFloats: asFloats) { distill_nade_log_probability(plan, $0, &result) }
    return result
  }
  func conditionals(_ images: [[Double]]) -> [Float] {
    var result = [Float](repeating: .nan, count: images.count * inputs)
    withImages(images) { distill_nade_conditionals(plan, $0, &result) }
    return result
  }
  func inputDerivative(_ images: [[Double]]) -> [Float] {
    var result = [Float](repeating: .nan, count: images.count * inputs)
    withImages(images) { distill_nade_input_derivative(plan, $0, &result) }
    return result
  }
  func forward(_ images: [[Double]]) -> [Float] {
    var result = [Float](repeating: .nan, count: images.count)
    withImages(images) { distill_nade_forward(plan, $0, &result) }
    return result
  }
  func forward(_ images: [[Double]], toward targets: [[Double]]) -> [Float] {
    var result = [Float](repeating: .nan, count: images.count)
    let flat = targets.flatMap { $0.map { Float($0) } }
    withImages(images) { distill_nade_forward_toward(plan, $0, flat, &result) }
    return result
  }
  func gradient(_ weights: [Float]? = nil) -> [Float] {
    made { distill_nade_gradient(plan, weights, $0) }
  }
  func scoreGradient(_ images: [[Double]], scores: [Float], weights: [Float]? = nil)
    -> (losses: [Float], gradient: [Float])
  {
    var losses = [Float](repeating: .nan, count: images.count)
    let gradient = made { arrays in
      withImages(images) {
        distill_nade_score_gradient(plan, $0, scores, weights, &losses, arrays)
      }
    }
    return (losses, gradient)
  }
  func sample(
    _ count: Int,
    seed: UInt64,
    stream: UInt32 = 0,
    first: UInt64 = 0,
    given: Int = 0,
    from start: [UInt8]? = nil
  ) -> (samples: [UInt8], logProbability: [Float]) {
    var samples = start ?? [UInt8](repeating: 9, count: count * inputs)
    var result = [Float](repeating: .nan, count: count)
    distill_nade_sample(
      plan,
      Int64(count),
      Int32(given),
      distill_nade_randomness(seed: seed, stream: stream, first: first),
      &samples,
      &result
    )
    return (samples, result)
  }
}

/// ‖a − b‖/‖b‖.
func relativeError(_ a: [Float], _ b: [Double]) -> Double {
  let difference = zip(a, b).map { (Double($0) - $1) * (Double($0) - $1) }.reduce(0, +)
  return (difference / b.map { $0 * $0 }.reduce(0, +)).squareRoot()
}
