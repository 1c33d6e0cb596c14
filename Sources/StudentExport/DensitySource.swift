/// What operations of densities do, the same in every file of C.
let cDensityFunctions = #"""
  static float log_of_sum(float a, float b) { return fmaxf(a, b) + log1pf(expf(-fabsf(a - b))); }

  /* What is known before each input: sums of those before it, times a factor. */
  static void accumulate(const struct operation *o, const float *in, float *out) {
    int hidden = o->filters, count = o->width;
    const float *weights = numbers + o->weights, *masks = weights + count * hidden;
    const float *biases = numbers + o->biases, *factors = biases + hidden, *order = factors + count;
    for (int unit = 0; unit < hidden; unit++) {
      float sum = biases[unit];
      for (int i = 0; i < count; i++) {
        int place = i * hidden + unit;
        out[place] = sum * factors[i];
        sum += in[(int)order[i]] * weights[place] + (o->hidden ? masks[place] : 0);
      }
    }
  }

  /* Linear functions of the features of each position, to the place that is its own. */
  static void rows(const struct operation *o, const float *in, float *out) {
    int count = o->channels, each = o->filters;
    const float *w = numbers + o->weights, *biases = numbers + o->biases;
    const float *order = biases + o->width * each;
    for (int i = 0; i < o->width; i++, in += count)
      for (int j = 0; j < each; j++, w += count) {
        float sum = biases[i * each + j];
        for (int c = 0; c < count; c++) sum += in[c] * w[c];
        out[(int)order[i] * each + j] = sum;
      }
  }

  /* log of the density of inputs, each by a mixture of normals of its own. */
  static float log_density(const struct operation *o, const float *in, const float *parts) {
    double total = numbers[o->weights];
    int k = o->hidden;
    for (int i = 0; i < o->width; i++, parts += 3 * k) {
      float joint = 0, all = 0;
      for (int j = 0; j < k; j++) {
        float z = (in[i] - parts[k + j]) * expf(-parts[2 * k + j]);
        float log = parts[j] - parts[2 * k + j] - z * z / 2;
        joint = j ? log_of_sum(joint, log) : log;
        all = j ? log_of_sum(all, parts[j]) : parts[j];
      }
      total += joint - all - 0.91893853f;
    }
    return (float)total;
  }


  """#

/// The same in Swift.
let swiftDensityFunctions = #"""
    private static func logOfSum(_ a: Float, _ b: Float) -> Float {
      max(a, b) + log1pf(expf(-abs(a - b)))
    }

    /// What is known before each input: sums of those before it, times a factor.
    private static func accumulate(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>
    ) {
      let (hidden, count) = (o.filters, o.width)
      let (weights, biases) = (numbers + o[18], numbers + o[19])
      let masks = weights + count * hidden
      let factors = biases + hidden
      let order = factors + count
      for unit in 0..<hidden {
        var sum = biases[unit]
        for i in 0..<count {
          let place = i * hidden + unit
          output[place] = sum * factors[i]
          sum += input[Int(order[i])] * weights[place] + (o.hidden == 1 ? masks[place] : 0)
        }
      }
    }

    /// Linear functions of the features of each position, to the place that is its own.
    private static func multiplyRows(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>
    ) {
      let (count, each) = (o.channels, o.filters)
      let biases = numbers + o[19]
      let order = biases + o.width * each
      for i in 0..<o.width {
        for j in 0..<each {
          let weights = numbers + o[18] + (i * each + j) * count
          var sum = biases[i * each + j]
          for c in 0..<count { sum += input[i * count + c] * weights[c] }
          output[Int(order[i]) * each + j] = sum
        }
      }
    }

    /// log of the density of inputs, each by a mixture of normals of its own.
    private static func logDensity(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ parts: UnsafeMutablePointer<Float>
    ) -> Float {
      var total = Double(numbers[o[18]])
      let k = o.hidden
      for i in 0..<o.width {
        let own = parts + 3 * k * i
        var (joint, all) = (Float(0), Float(0))
        for j in 0..<k {
          let z = (input[i] - own[k + j]) * expf(-own[2 * k + j])
          let log = own[j] - own[2 * k + j] - z * z / 2
          joint = j > 0 ? logOfSum(joint, log) : log
          all = j > 0 ? logOfSum(all, own[j]) : own[j]
        }
        total += Double(joint - all - 0.91893853)
      }
      return Float(total)
    }


  """#
