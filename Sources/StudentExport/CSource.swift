import CStudentText
import Foundation
import StudentRuntime

extension StudentGraph {
  /// The student as one C99 file without dependencies but `math.h`, and without allocation.
  ///
  /// ```c
  /// void predict(const float *input, float *output);
  /// ```
  ///
  /// A NADE has a second one, for exact samples out of numbers from 0 to 1 of the caller's:
  ///
  /// ```c
  /// void sample(double (*uniform)(void *), void *state, float *output);
  /// ```
  ///
  /// The working memory is automatic, so that any number of threads may call it; `STUDENT_WORKSPACE`
  /// says how many floats it is. Vectors are those of the processor; `STUDENT_LANES`, 8, 4 or 1, takes
  /// others, and 1 gives the smallest code.
  public func cSource() -> String {
    let plan = StudentPlan(self)
    let shape = plan.input
    let kernels = String(cString: student_kernels_text())
    let names = classes.map { SourceText.cLiteral($0) }.joined(separator: ", ")
    let steps = operations.indices.map { index in
      let words = plan.words(of: index).prefix(21).map(String.init).joined(separator: ", ")
      return "    {\(words)},"
    }
    return """
      /* A student that distill exported: predict() needs no library but math.h, and no allocation.
         Inputs are channels, height, width, as the training data had them.
      \(SourceFacts.lines(of: provenance).map { "   \($0)\n" }.joined())*/
      #include <math.h>

      /* What other files declare. */
      \(cDeclarations.joined(separator: "\n"))

      #define STUDENT_INPUTS \(shape.count)
      #define STUDENT_OUTPUTS \(outputCount)
      #define STUDENT_WORKSPACE \(plan.workspace)
      #define CHANNELS \(shape.channels)
      #define PIXELS \(shape.height * shape.width)
      #define SCALING \(plan.scalingCount)
      #define LOGITS \(logitCount)
      #define ENDING \(ending.rawValue) /* 0 values, 1 softmax, 2 two classes of one logit, 3 mixture of normals,
                    4 of Poissons */

      \(names.isEmpty ? "" : "const char *const student_classes[\(outputCount)] = {\(names)};")

      static const float numbers[] = {
      \(Self.lines(of: plan.numbers))
      };

      \(StudentTiles(plan).cMacros)

      \(kernels)
      static const struct operation operations[] = {
      \(steps.joined(separator: "\n"))
      };

      \(Self.cFunctions)

      void predict(const float *input, float *output) {
        float workspace[STUDENT_WORKSPACE];
        float *scaled = workspace + \(plan.places[0]);
        const float *logits = workspace + \(plan.places[output]);
        for (int channel = 0; channel < CHANNELS; channel++)
          for (int pixel = 0; pixel < PIXELS; pixel++) {
            float x = input[channel * PIXELS + pixel];
      #if SCALING
            int column = SCALING == 1 ? 0 : channel;
            x = (x - numbers[column]) / numbers[SCALING + column];
      #endif
            scaled[pixel * CHANNELS + channel] = x;
          }
        for (int i = 0; i < \(operations.count); i++) perform(operations + i, workspace);
        finish(logits, output);
      }
      \(isAutoregressive ? cSamplingFunction : "")
      """
  }

  private var cDeclarations: [String] {
    ["void predict(const float *input, float *output);"]
      + (isAutoregressive
        ? ["void sample(double (*uniform)(void *state), void *state, float *output);"] : [])
      + (classes.isEmpty ? [] : ["extern const char *const student_classes[\(outputCount)];"])
  }

  private static func lines(of numbers: [Float]) -> String {
    stride(from: 0, to: numbers.count, by: 8).map { start in
      numbers[start..<min(start + 8, numbers.count)].map { "\($0)f," }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// What operations do, the same in every file.
  private static let cFunctions = #"""
    static float activate(float x, int function) {
      switch (function) {
        case 1: return x < 0 ? 0 : x;
        case 2: return tanhf(x);
        case 3: return 1 / (1 + expf(-x));
        case 4: return x * 0.5f * (1 + erff(x * 0.70710678f));
        case 5: return x / (1 + expf(-x));
        case 6: return x > 0 ? x : expm1f(x);
        case 7: return x >= 0 ? x : 0.01f * x;
        case 8: return x > 20 ? x : log1pf(expf(x));
        case 10: return 0.5f * erfcf(x * -0.70710678f);
        case 9: return x * (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6;
        default: return x;
      }
    }

    static void pool(const struct operation *o, const float *in, float *out, int y, int x) {
      float *result = out + (y * o->out_width + x) * o->channels;
      for (int channel = 0; channel < o->channels; channel++)
        result[channel] = o->kind == 3 ? -INFINITY : 0;
      for (int row = 0; row < o->window_height; row++)
        for (int column = 0; column < o->window_width; column++) {
          const float *pixel =
              in + ((y * o->down + row) * o->width + x * o->right + column) * o->channels;
          for (int channel = 0; channel < o->channels; channel++) {
            float value = pixel[channel], largest = result[channel];
            result[channel] = o->kind == 4 ? largest + value
                              : value > largest || value != value ? value : largest;
          }
        }
      if (o->kind == 4)
        for (int channel = 0; channel < o->channels; channel++)
          result[channel] /= (float)(o->window_height * o->window_width);
    }

    static void normalize(const float *logits, int count, float *output) {
      float largest = logits[0], sum = 0;
      for (int i = 1; i < count; i++) largest = fmaxf(largest, logits[i]);
      for (int i = 0; i < count; i++) sum += output[i] = expf(logits[i] - largest);
      for (int i = 0; i < count; i++) output[i] /= sum;
    }

    /* log P of a bit by its logit. */
    static float log_probability(float x, float logit) {
      return x * logit - fmaxf(logit, 0) - log1pf(expf(-fabsf(logit)));
    }

    /* log q of a NADE: hidden units know the inputs before each. */
    static float density(const struct operation *o, const float *in, float *sums) {
      int count = o->channels, hidden = o->hidden;
      const float *weights = numbers + o->weights, *outputs = weights + count * hidden;
      const float *biases = numbers + o->biases, *visible = biases + hidden;
      double total = 0;
      for (int unit = 0; unit < hidden; unit++) sums[unit] = biases[unit];
      for (int step = 0; step < count; step++, weights += hidden, outputs += hidden) {
        float logit = visible[step], x = in[(int)visible[count + step]];
        for (int unit = 0; unit < hidden; unit++)
          logit += activate(sums[unit], o->activation) * outputs[unit];
        total += log_probability(x, logit);
        for (int unit = 0; unit < hidden; unit++) sums[unit] += x * weights[unit];
      }
      return (float)total;
    }

    """# + cSequenceFunctions + cDensityFunctions + #"""
      static void perform(const struct operation *o, float *workspace) {
        const float *in = workspace + o->in;
        float *out = workspace + o->out;
        int count = o->filters * o->out_height * o->out_width;
        if (o->kind == 7) {
          *out = density(o, in, workspace + o->other);
          return;
        }
        if (o->kind == 15) {
          double total = 0;
          for (int i = 0; i < o->channels; i++) total += log_probability(in[i], workspace[o->other + i]);
          *out = (float)total;
        } else if (o->kind == 9) layer_norm(o, in, out);
        else if (o->kind == 10 || o->kind == 20) attend(o, in, out, workspace);
        else if (o->kind == 11 || o->kind == 12) recur(o, workspace);
        else if (o->kind == 13) embed(o, in, out);
        else if (o->kind == 21) weighted_mean(o, in, out, workspace + o->other);
        else if (o->kind == 22) upsample(o, in, out);
        else if (o->kind == 23)
          for (int i = 0, first = o->channels * o->width; i < count; i++)
            out[i] = i < first ? in[i] : workspace[o->other + i - first];
        else if (o->kind == 16) accumulate(o, in, out);
        else if (o->kind == 17) rows(o, in, out);
        else if (o->kind == 18) *out = log_density(o, in, workspace + o->other);
        else if (o->kind == 19)
          for (int i = 0; i < count; i++) out[i] = log_of_sum(in[i], workspace[o->other + i]);
        else if (o->kind == 14)
          for (int i = 0; i < count; i++) out[i] = in[i] + numbers[o->weights + i];
        else if (o->kind == 6)
          for (int i = 0; i < count; i += count / o->groups) normalize(in + i, count / o->groups, out + i);
        else if (o->kind == 5)
          for (int i = 0; i < count; i++) out[i] = in[i] + workspace[o->other + i];
        else if (o->kind <= 2 || o->kind == 8) {
          multiply(o, numbers, workspace);
          if (o->activation == 1) return;
        } else
          for (int y = 0; y < o->out_height; y++)
            for (int x = 0; x < o->out_width; x++) pool(o, in, out, y, x);
        if (o->activation == 0) return;
        for (int i = 0; i < count; i++) out[i] = activate(out[i], o->activation);
      }

      static void finish(const float *logits, float *output) {
      #if ENDING == 2
        output[0] = 1 / (1 + expf(logits[0]));
        output[1] = 1 / (1 + expf(-logits[0]));
      #elif ENDING == 1
        normalize(logits, LOGITS, output);
      #elif ENDING >= 3
        int count = LOGITS / (ENDING == 3 ? 3 : 2);
        normalize(logits, count, output);
        for (int i = count; i < LOGITS; i++)
          output[i] = ENDING == 3 && i < 2 * count ? logits[i] : expf(logits[i]);
      #else
        for (int i = 0; i < LOGITS; i++) output[i] = logits[i];
      #endif
      }
      """#
}
