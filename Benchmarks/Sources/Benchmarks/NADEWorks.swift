import CTorch
import Distill

/// NADE with 500 logistic hidden units on binary images, by the kernel.
var nadeWorks: [Work] {
  [20, 100, 500].map { size in
    Work(name: "nade-\(size)") {
      let plan = NADE()
      let adam = distill_nade_optimizer(
        kind: Int32(DISTILL_NADE_ADAM),
        learning_rate: 1e-4,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        averaging: 0,
        steps: 0
      )
      distill_nade_set_optimizer(plan.raw, adam)
      let check = plan.meanLogProbability(of: size)
      var start = 0
      return Prepared(
        check: check,
        versions: [
          Version(name: "kernel") {
            plan.pixels.withUnsafeBufferPointer { pixels in
              distill_nade_forward(
                plan.raw,
                .init(
                  pixels: pixels.baseAddress! + start * 784,
                  format: Int32(DISTILL_NADE_UINT8),
                  count: Int64(size)
                ),
                nil
              )
            }
            distill_nade_descend(plan.raw, nil)
            start = (start + size) % 9_000
          }
        ]
      )
    }
  } + [
    Work(name: "nade-probability") {
      let plan = NADE()
      return Prepared(
        check: plan.meanLogProbability(of: 10_000),
        versions: [Version(name: "kernel") { _ = plan.meanLogProbability(of: 10_000) }]
      )
    },
    Work(name: "nade-samples") {
      let plan = NADE()
      var samples = [UInt8](repeating: 0, count: 10_000 * 784)
      var seed: UInt64 = 0
      return Prepared(versions: [
        Version(name: "kernel") {
          seed += 1
          let randomness = distill_nade_randomness(seed: seed, stream: 0, first: 0)
          distill_nade_sample(plan.raw, 10_000, 0, randomness, &samples, nil)
        }
      ])
    },
  ]
}

private final class NADE {
  let raw: OpaquePointer
  let pixels = binaryImages(10_000)

  init() {
    raw = distill_nade_create(784, 500, Int32(DISTILL_NADE_LOGISTIC), nil)!
    distill_nade_set_threads(raw, Int32(Machine.threads))
    let parameters = [
      symmetric(784 * 500, within: 0.08, seed: 30),
      symmetric(784 * 500, within: 0.08, seed: 31),
      symmetric(500, within: 0.2, seed: 32),
      symmetric(784, within: 0.8, seed: 33).map { $0 - 1 },
    ].map { values in
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      _ = memory.initialize(from: values)
      return memory.baseAddress!
    }
    let arrays = distill_nade_arrays(
      W: parameters[0],
      U: parameters[1],
      c: parameters[2],
      b: parameters[3]
    )
    distill_nade_write(raw, Int32(DISTILL_NADE_PARAMETERS), arrays)
    for memory in parameters { memory.deallocate() }
  }

  deinit { distill_nade_destroy(raw) }

  func meanLogProbability(of count: Int) -> Double {
    var result = [Float](repeating: 0, count: count)
    pixels.withUnsafeBufferPointer { pixels in
      distill_nade_log_probability(
        raw,
        .init(
          pixels: pixels.baseAddress!,
          format: Int32(DISTILL_NADE_UINT8),
          count: Int64(count)
        ),
        &result
      )
    }
    return result.reduce(0) { $0 + Double($1) } / Double(count)
  }
}
