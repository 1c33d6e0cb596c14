// Elementary functions of our own: the same bits on every system, and no libm to link. Those that
// several functions call are not copied into each: the code of a page is small.

/// The exponential, to about one unit in the last place.
@inline(never)
func exponential(_ x: Double) -> Double {
  if x != x { return x }
  if x > 709.7 { return .infinity }
  if x < -708 { return 0 }
  // x = n log 2 + r with |r| ≤ log 2 / 2; log 2 in two parts.
  // A sum with 1.5·2⁵² has no digits behind the point.
  let n = (x * 1.4426950408889634 + 6_755_399_441_055_744) - 6_755_399_441_055_744
  let r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
  // The Taylor series, whose first term left out is below 1e-17.
  var sum = 1.0 / 6_227_020_800
  sum = sum * r + 1.0 / 479_001_600
  sum = sum * r + 1.0 / 39_916_800
  sum = sum * r + 1.0 / 3_628_800
  sum = sum * r + 1.0 / 362_880
  sum = sum * r + 1.0 / 40_320
  sum = sum * r + 1.0 / 5_040
  sum = sum * r + 1.0 / 720
  sum = sum * r + 1.0 / 120
  sum = sum * r + 1.0 / 24
  sum = sum * r + 1.0 / 6
  sum = sum * r + 0.5
  sum = sum * r + 1
  sum = sum * r + 1
  return sum * Double(bitPattern: UInt64(Int64(n) + 1023) << 52)
}

/// exp(x) − 1.
@inline(never)
private func exponentialMinusOne(_ x: Double) -> Double {
  x < 1e-5 && x > -1e-5 ? x + x * x / 2 : exponential(x) - 1
}

/// log(1 + u) of a `u` from 0 to 1.
private func logarithm(onePlus u: Double) -> Double {
  let v = 1 + u
  if v == 1 { return u }
  // v = 2ⁿ m with m from √½ to √2.
  var exponent = Int((v.bitPattern >> 52) & 0x7FF) - 1023
  var m = Double(bitPattern: v.bitPattern & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
  if m > 1.4142135623730951 {
    m /= 2
    exponent += 1
  }
  let s = (m - 1) / (m + 1)
  let square = s * s
  var sum = 0.0
  var odd = 23.0
  while odd > 0 {
    sum = sum * square + 1 / odd
    odd -= 2
  }
  let log = 2 * s * sum + Double(exponent) * 0.6931471805599453
  // What rounding 1 + u lost.
  return log * (u / (v - 1))
}

/// The error function, from its series of positive terms.
@inline(never)
private func errorFunction(_ x: Double) -> Double {
  let size = x < 0 ? -x : x
  if size > 6 { return x < 0 ? -1 : 1 }
  let square = size * size
  var (term, sum, n) = (size, size, 1.0)
  while term > 1e-17 * sum {
    term *= 2 * square / (2 * n + 1)
    sum += term
    n += 1
  }
  let value = 1.1283791670955126 * exponential(-square) * sum
  return x < 0 ? -value : value
}

private func hyperbolicTangent(_ x: Double) -> Double {
  let e = exponentialMinusOne(2 * x)
  return e == .infinity ? 1 : e / (e + 2)
}

/// log(1 + exp(x)).
@inline(never)
func softplus(_ x: Double) -> Double {
  x > 0 ? x + logarithm(onePlus: exponential(-x)) : logarithm(onePlus: exponential(x))
}

/// Probabilities, proportional to the exponentials of logits.
func softmax(
  _ logits: UnsafePointer<Float>,
  _ count: Int,
  into output: UnsafeMutablePointer<Float>
) {
  var largest = logits[0]
  for index in 1..<max(1, count) where logits[index] > largest { largest = logits[index] }
  var sum = 0.0
  for index in 0..<count {
    let part = exponential(Double(logits[index]) - Double(largest))
    sum += part
    output[index] = Float(part)
  }
  for index in 0..<count { output[index] = Float(Double(output[index]) / sum) }
}

/// Applies a function to each number.
func activate(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ function: StudentActivation) {
  switch function {
  case .identity: return
  case .relu:
    // What is no number stays none.
    for index in 0..<count where values[index] < 0 { values[index] = 0 }
  default:
    for index in 0..<count { values[index] = Float(activated(Double(values[index]), function)) }
  }
}

/// Functions of an exponential, beside which the choice costs nothing.
@inline(never)
private func activated(_ x: Double, _ function: StudentActivation) -> Double {
  switch function {
  case .tanh: hyperbolicTangent(x)
  case .sigmoid: 1 / (1 + exponential(-x))
  case .gelu: x * 0.5 * (1 + errorFunction(x * 0.7071067811865476))
  case .silu: x < -700 ? 0 : x / (1 + exponential(-x))
  case .elu: x > 0 ? x : exponentialMinusOne(x)
  case .leakyReLU: x >= 0 ? x : 0.01 * x
  case .softplus: softplus(x)
  case .normalCumulative: 0.5 * (1 + errorFunction(x * 0.7071067811865476))
  case .hardSwish: x * min(max(x + 3, 0), 6) / 6
  case .identity, .relu: x
  }
}
