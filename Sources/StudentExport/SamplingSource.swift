/// How a NADE is sampled, one input after another.
let cSamplingFunction = #"""

  /* An exact sample of the distribution whose log q(x) predict() gives. uniform() gives independent
     numbers from 0 to 1, and is handed its state. */
  void sample(double (*uniform)(void *state), void *state, float *output) {
    const struct operation *o = operations;
    int count = o->channels, hidden = o->hidden;
    float sums[STUDENT_WORKSPACE];
    const float *weights = numbers + o->weights, *outputs = weights + count * hidden;
    const float *biases = numbers + o->biases, *visible = biases + hidden;
    for (int unit = 0; unit < hidden; unit++) sums[unit] = biases[unit];
    for (int step = 0; step < count; step++, weights += hidden, outputs += hidden) {
      float logit = visible[step];
      for (int unit = 0; unit < hidden; unit++)
        logit += activate(sums[unit], o->activation) * outputs[unit];
      int one = uniform(state) < 1 / (1 + exp(-logit));
      output[(int)visible[count + step]] = one;
      if (one)
        for (int unit = 0; unit < hidden; unit++) sums[unit] += weights[unit];
    }
  }

  """#

/// The same in Swift.
let swiftSamplingFunction = #"""

    /// An exact sample of the distribution whose log q(x) is predicted.
    ///
    /// - Parameter uniform: Gives independent numbers from 0 to 1.
    public static func sample(_ uniform: () -> Double) -> [Float] {
      words.withUnsafeBufferPointer { words in
        let o = Operation(words: words.baseAddress!)
        let (count, hidden) = (o.channels, o.hidden)
        var weights = numbers + o[18]
        var outputs = weights + count * hidden
        let biases = numbers + o[19]
        let visible = biases + hidden
        var sums = (0..<hidden).map { biases[$0] }
        var sample = [Float](repeating: 0, count: count)
        for step in 0..<count {
          var logit = visible[step]
          for unit in 0..<hidden { logit += activate(sums[unit], o.activation) * outputs[unit] }
          if uniform() < 1 / (1 + exp(-Double(logit))) {
            sample[Int(visible[count + step])] = 1
            for unit in 0..<hidden { sums[unit] += weights[unit] }
          }
          weights += hidden
          outputs += hidden
        }
        return sample
      }
    }

  """#
