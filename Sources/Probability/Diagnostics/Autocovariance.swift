import Foundation

/// Autocovariances `Σ_t (x_t − x̄)(x_{t+k} − x̄) / n` for all lags k < n, by a fast Fourier
/// transform of twice the length: O(n log n).
func autocovariance(_ x: [Double]) -> [Double] {
  let n = x.count
  let mean = x.reduce(0, +) / Double(n)
  var size = 1
  while size < 2 * n { size *= 2 }
  var real = x.map { $0 - mean } + [Double](repeating: 0, count: size - n)
  var imaginary = [Double](repeating: 0, count: size)
  fourierTransform(&real, &imaginary)
  for i in 0..<size {
    real[i] = real[i] * real[i] + imaginary[i] * imaginary[i]
    imaginary[i] = 0
  }
  // The power spectrum is even, so the forward transform is its own inverse but for the length.
  fourierTransform(&real, &imaginary)
  return (0..<n).map { real[$0] / Double(size) / Double(n) }
}

/// The radix-2 transform in place; the length must be a power of two.
private func fourierTransform(_ real: inout [Double], _ imaginary: inout [Double]) {
  let n = real.count
  var j = 0
  for i in 1..<max(n, 1) {
    var bit = n >> 1
    while j & bit != 0 {
      j ^= bit
      bit >>= 1
    }
    j |= bit
    if i < j {
      real.swapAt(i, j)
      imaginary.swapAt(i, j)
    }
  }
  var length = 2
  while length <= n {
    let half = length / 2
    let turns = (0..<half).map { k in
      let angle = -2 * Double.pi * Double(k) / Double(length)
      return (cos(angle), sin(angle))
    }
    for start in stride(from: 0, to: n, by: length) {
      for k in 0..<half {
        let (c, s) = turns[k]
        let a = start + k
        let b = a + half
        let re = real[b] * c - imaginary[b] * s
        let im = real[b] * s + imaginary[b] * c
        real[b] = real[a] - re
        imaginary[b] = imaginary[a] - im
        real[a] += re
        imaginary[a] += im
      }
    }
    length *= 2
  }
}
