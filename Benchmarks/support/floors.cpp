// How soon training steps of perceptrons could be on this machine: products at the peak of its
// multiply-adds, Adam at the speed of its loop alone, nothing for memory, losses and threads. One
// core; two take half as long at best. See `Benchmarks/floors`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#ifndef LANES
#define LANES 8
#endif
typedef float Vector __attribute__((vector_size(4 * LANES)));

// The least seconds that a call takes.
template <class Body>
double least(int calls, Body body) {
  double best = 1e9;
  for (int call = 0; call < calls; ++call) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
  }
  return best;
}

// Operations a second: 12 sums hide the latency of a multiply-add.
double peak() {
  const long steps = 20000;
  Vector sums[12] = {};
  const double seconds = least(200, [&] {
    Vector s[12];
    std::copy_n(sums, 12, s);
    for (long step = 0; step < steps; ++step)
      for (Vector &sum : s) {
        sum = sum * 0.5f + 0.25f;
        asm volatile("" : "+x"(sum));  // kept in its register, and not computed ahead
      }
    std::copy_n(s, 12, sums);
  });
  return steps * 12 * 2 * LANES / seconds;
}

// Seconds for each parameter, out of the second-level cache.
double adam() {
  const long count = 40000;
  std::vector<float> p(count), m(count), v(count), gradients(count, 1e-3f);
  float *__restrict parameter = p.data(), *__restrict mean = m.data();
  float *__restrict square = v.data();
  const float *__restrict g = gradients.data();
  return least(200, [=] {
           for (long i = 0; i < count; ++i) {
             mean[i] = 0.9f * mean[i] + 0.1f * g[i];
             square[i] = 0.999f * square[i] + 0.001f * g[i] * g[i];
             parameter[i] -= 1e-4f * mean[i] / (__builtin_sqrtf(square[i]) + 1e-8f);
           }
         }) / count;
}

int main() {
  const double operations = peak(), update = adam();
  std::printf("%.0f GFLOP/s of multiply-adds, %.2f ns for each parameter that Adam moves\n",
              operations * 1e-9, update * 1e9);
  struct Step {
    const char *name;
    std::vector<double> widths;
    double batch, derivatives;  // rows of derivatives for each example
  };
  const std::vector<double> small = {784, 50, 30, 10}, large = {784, 500, 300, 10};
  for (const Step &step : {Step{"student step, batch 20", small, 20, 0},
                           {"student step, batch 100", small, 100, 0},
                           {"784-500-300-10 step, batch 20", large, 20, 0},
                           {"784-500-300-10 step, batch 100", large, 100, 0},
                           {"derivative matching, batch 20", small, 20, 10},
                           {"derivative matching, batch 128", small, 128, 10},
                           {"the same, 784-500-300-10, batch 20", large, 20, 10},
                           {"random projection, batch 20", small, 20, 1},
                           {"random projection, batch 128", small, 128, 1}}) {
    double parameters = 0;
    for (size_t l = 0; l + 1 < step.widths.size(); ++l)
      parameters += step.widths[l] * step.widths[l + 1];
    // Forward, back and the gradient; of the first layer nothing goes back to the inputs. Rows of
    // derivatives go to the inputs, back, and into the gradient.
    const double products = step.batch * (3 * parameters - step.widths[0] * step.widths[1]) +
                            3 * step.batch * step.derivatives * parameters;
    std::printf("%-36s %.4f ms\n", step.name,
                (2 * products / operations + parameters * update) * 1e3);
  }
}
