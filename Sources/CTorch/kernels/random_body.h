// The generator by itself, for tests and for whatever needs the kernels' numbers.
#include "random_philox.h"

void philoxBlock(const uint32_t *counter, const uint32_t *key, uint32_t *numbers) {
  vlong block[4];
  for (int word = 0; word < 4; ++word) block[word] = vlong{} + counter[word];
  philoxRounds(block, static_cast<uint64_t>(key[1]) << 32 | key[0]);
  for (int word = 0; word < 4; ++word) numbers[word] = static_cast<uint32_t>(block[word][0]);
}

void uniformNumbers(uint64_t seed, uint64_t step, uint32_t layer, uint32_t chain, long count,
                    float *out) {
  for (long panel = 0; panel < panelsFor(count); ++panel) {
    vuint numbers[panelColumns / lanes];
    philoxPanel({seed, step, layer}, chain, panel, numbers);
    for (int v = 0; v < panelColumns / lanes; ++v) {
      const long unit = panel * panelColumns + v * lanes;
      const int width = static_cast<int>(std::clamp<long>(count - unit, 0, lanes));
      if (width > 0) store(out + unit, uniform(numbers[v]), width);
    }
  }
}
