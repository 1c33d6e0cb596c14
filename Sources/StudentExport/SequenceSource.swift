/// What operations on sequences do, the same in every file of C.
let cSequenceFunctions = #"""
  static void layer_norm(const struct operation *o, const float *in, float *out) {
    const float *factors = numbers + o->weights, *summands = factors + o->channels;
    int count = o->channels;
    for (int i = 0; i < o->height * o->width; i++, in += count, out += count) {
      double mean = 0, squares = 0;
      for (int c = 0; c < count; c++) mean += in[c];
      mean /= count;
      for (int c = 0; c < count; c++) squares += (in[c] - mean) * (in[c] - mean);
      double scale = 1 / sqrt(squares / count + summands[count]);
      for (int c = 0; c < count; c++)
        out[c] = (float)((in[c] - mean) * scale) * factors[c] + summands[c];
    }
  }

  static void attend(const struct operation *o, const float *in, float *out, float *workspace) {
    int all = o->filters, width = all / o->groups;
    float *scores = workspace + o->other;
    float scale = (float)(1 / sqrt(width));
    for (int head = 0; head < o->groups; head++)
      for (int i = 0; i < o->width; i++) {
        const float *query = in + i * o->channels + head * width;
        int count = o->hidden == 1 ? i + 1 : o->width;
        for (int j = 0; j < count; j++) {
          const float *key = in + j * o->channels + all + head * width;
          float sum = 0;
          for (int c = 0; c < width; c++) sum += query[c] * key[c];
          scores[j] = scale * sum;
          if (o->kind == 20 && !(workspace[o->weights + j] > 0)) scores[j] -= 1e9f;
        }
        normalize(scores, count, scores);
        float *result = out + i * all + head * width;
        for (int c = 0; c < width; c++) result[c] = 0;
        for (int j = 0; j < count; j++) {
          const float *value = in + j * o->channels + 2 * all + head * width;
          for (int c = 0; c < width; c++) result[c] += scores[j] * value[c];
        }
      }
  }

  static void weighted_mean(const struct operation *o, const float *in, float *out, const float *w) {
    double sum = 0;
    for (int c = 0; c < o->channels; c++) out[c] = 0;
    for (int i = 0; i < o->width; i++, in += o->channels) {
      sum += w[i];
      for (int c = 0; c < o->channels; c++) out[c] += w[i] * in[c];
    }
    for (int c = 0; c < o->channels; c++) out[c] /= (float)(sum > 1e-12 ? sum : 1e-12);
  }

  static void upsample(const struct operation *o, const float *in, float *out) {
    for (int y = 0; y < o->out_height; y++)
      for (int x = 0; x < o->out_width; x++, out += o->channels)
        for (int c = 0; c < o->channels; c++)
          out[c] = in[(y / o->hidden * o->width + x / o->hidden) * o->channels + c];
  }

  static void recur(const struct operation *o, float *workspace) {
    int h = o->hidden, gates = (o->kind == 11 ? 4 : 3) * h, padded = (gates + 7) / 8 * 8;
    int own = o->other, next = own + o->width * gates;
    float *from = workspace + next, *state = from + gates, *cells = state + h;
    for (int direction = 0; direction < o->groups; direction++) {
      int weights = o->weights + direction * padded * (o->channels + h);
      int biases = o->biases + 2 * direction * padded;
      struct operation of_inputs = {
          .kind = 2, .in = o->in, .out = own, .channels = o->channels, .height = 1,
          .width = o->width, .filters = gates, .out_height = 1, .out_width = o->width,
          .window_height = 1, .window_width = 1, .down = 1, .right = 1, .groups = 1,
          .weights = weights, .biases = biases};
      multiply(&of_inputs, numbers, workspace);
      struct operation of_state = of_inputs;
      of_state.in = next + gates, of_state.out = next, of_state.channels = h;
      of_state.width = of_state.out_width = 1;
      of_state.weights = weights + padded * o->channels, of_state.biases = biases + padded;
      for (int i = 0; i < 2 * h; i++) state[i] = 0;
      for (int step = 0; step < o->width; step++) {
        int position = direction ? o->width - 1 - step : step;
        float *g = workspace + own + position * gates;
        multiply(&of_state, numbers, workspace);
        for (int i = 0; i < h; i++) {
          float a = activate(g[i] + from[i], 3), b = activate(g[h + i] + from[h + i], 3);
          if (o->kind == 11) {
            float c = tanhf(g[2 * h + i] + from[2 * h + i]);
            cells[i] = b * cells[i] + a * c;
            state[i] = activate(g[3 * h + i] + from[3 * h + i], 3) * tanhf(cells[i]);
          } else {
            float n = tanhf(g[2 * h + i] + a * from[2 * h + i]);
            state[i] = (1 - b) * n + b * state[i];
          }
          workspace[o->out + position * o->filters + direction * h + i] = state[i];
        }
      }
    }
  }

  static void embed(const struct operation *o, const float *in, float *out) {
    for (int i = 0; i < o->width; i++) {
      int entry = in[i] >= 0 && in[i] < (float)o->hidden ? (int)in[i] : 0;
      for (int c = 0; c < o->filters; c++)
        out[i * o->filters + c] = numbers[o->weights + entry * o->filters + c];
    }
  }


  """#

/// The same in Swift.
let swiftSequenceFunctions = #"""
    /// Layer normalisation of each position.
    private static func normalizeLayer(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>
    ) {
      let (count, factors) = (o.channels, numbers + o[18])
      for position in 0..<o.height * o.width {
        let (x, y) = (input + position * count, output + position * count)
        var (mean, squares) = (0.0, 0.0)
        for i in 0..<count { mean += Double(x[i]) }
        mean /= Double(count)
        for i in 0..<count { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
        let scale = 1 / (squares / Double(count) + Double(factors[2 * count])).squareRoot()
        for i in 0..<count {
          y[i] = Float((Double(x[i]) - mean) * scale) * factors[i] + factors[count + i]
        }
      }
    }

    /// Attention of queries, keys and values that lie side by side.
    private static func attend(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>,
      _ workspace: UnsafeMutablePointer<Float>
    ) {
      let (all, width) = (o.filters, o.filters / o.groups)
      let (scores, weights) = (workspace + o[4], o.kind == 20 ? workspace + o[18] : nil)
      let scale = Float(1 / Double(width).squareRoot())
      for head in 0..<o.groups {
        for position in 0..<o.width {
          let query = input + position * o.channels + head * width
          let count = o.hidden == 1 ? position + 1 : o.width
          for other in 0..<count {
            let key = input + other * o.channels + all + head * width
            var sum = Float(0)
            for i in 0..<width { sum += query[i] * key[i] }
            scores[other] = scale * sum
            if let weights, !(weights[other] > 0) { scores[other] -= 1e9 }
          }
          normalize(scores, count, scores)
          let result = output + position * all + head * width
          for i in 0..<width { result[i] = 0 }
          for other in 0..<count {
            let value = input + other * o.channels + 2 * all + head * width
            for i in 0..<width { result[i] += scores[other] * value[i] }
          }
        }
      }
    }

    /// Σ w x / Σ w over positions.
    private static func averageWeighted(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>,
      _ weights: UnsafeMutablePointer<Float>
    ) {
      var sum = 0.0
      for i in 0..<o.channels { output[i] = 0 }
      for position in 0..<o.width {
        sum += Double(weights[position])
        for i in 0..<o.channels {
          output[i] += weights[position] * input[position * o.channels + i]
        }
      }
      for i in 0..<o.channels { output[i] /= Float(max(sum, 1e-12)) }
    }

    /// Every pixel so many times, side by side and one below the other.
    private static func upsample(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>
    ) {
      for y in 0..<o.outHeight {
        for x in 0..<o.outWidth {
          let pixel = input + (y / o.hidden * o.width + x / o.hidden) * o.channels
          let place = (y * o.outWidth + x) * o.channels
          for i in 0..<o.channels { output[place + i] = pixel[i] }
        }
      }
    }

    /// Rows of a table; what is no entry has the first.
    private static func embed(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>
    ) {
      for position in 0..<o.width {
        let x = input[position]
        let entry = x >= 0 && x < Float(o.hidden) ? Int(x) : 0
        for i in 0..<o.filters {
          output[position * o.filters + i] = numbers[o[18] + entry * o.filters + i]
        }
      }
    }

    /// LSTM (kind 11) and GRU, one direction after the other.
    private static func recur(
      _ o: Operation,
      _ input: UnsafeMutablePointer<Float>,
      _ output: UnsafeMutablePointer<Float>,
      _ room: UnsafeMutablePointer<Float>
    ) {
      let (hidden, rows) = (o.hidden, (o.kind == 11 ? 4 : 3) * o.hidden)
      let padded = (rows + 7) / 8 * 8
      let next = room + o.width * rows
      let state = next + rows
      let cells = state + hidden
      for direction in 0..<o.groups {
        let weights = numbers + o[18] + direction * padded * (o.channels + hidden)
        let biases = numbers + o[19] + 2 * direction * padded
        for position in 0..<o.width {
          let x = input + position * o.channels
          product(x, o.channels, room + position * rows, rows, weights, biases)
        }
        for unit in 0..<2 * hidden { state[unit] = 0 }
        for step in 0..<o.width {
          let position = direction == 0 ? step : o.width - 1 - step
          let gates = room + position * rows
          product(state, hidden, next, rows, weights + padded * o.channels, biases + padded)
          for unit in 0..<hidden {
            let first = activate(gates[unit] + next[unit], 3)
            let second = activate(gates[hidden + unit] + next[hidden + unit], 3)
            let third = (gates[2 * hidden + unit], next[2 * hidden + unit])
            if o.kind == 11 {
              cells[unit] = second * cells[unit] + first * tanhf(third.0 + third.1)
              let last = activate(gates[3 * hidden + unit] + next[3 * hidden + unit], 3)
              state[unit] = last * tanhf(cells[unit])
            } else {
              let new = tanhf(third.0 + first * third.1)
              state[unit] = (1 - second) * new + second * state[unit]
            }
            output[position * o.filters + direction * hidden + unit] = state[unit]
          }
        }
      }
    }

    /// A dense layer, eight outputs at a time.
    private static func product(
      _ input: UnsafeMutablePointer<Float>,
      _ count: Int,
      _ output: UnsafeMutablePointer<Float>,
      _ rows: Int,
      _ weights: UnsafePointer<Float>,
      _ biases: UnsafePointer<Float>
    ) {
      for block in 0..<(rows + 7) / 8 {
        var sums = UnsafeRawPointer(biases + 8 * block).loadUnaligned(as: SIMD8<Float>.self)
        let run = weights + 8 * block * count
        for i in 0..<count {
          sums += UnsafeRawPointer(run + 8 * i).loadUnaligned(as: SIMD8<Float>.self) * input[i]
        }
        for lane in 0..<min(8, rows - 8 * block) { output[8 * block + lane] = sums[lane] }
      }
    }


  """#
