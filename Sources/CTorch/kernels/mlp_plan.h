// What a multilayer perceptron's plan holds, in the layout the kernels read.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "distill_mlp.h"

namespace distill::mlp {

constexpr int maximumLayers = 8;
constexpr int slots = 4;

inline long padded(long width) { return (width + 15) / 16 * 16; }

// Floats between rows of activations: an odd number of cache lines, so that the rows of a batch
// spread over all sets of the cache.
inline long rowStride(long width) { return padded(width) | 16; }

// Columns of a level packed for a gradient: a multiple of 48.
inline long packedWidth(long width) { return (width + 47) / 48 * 48; }

// Cache-aligned zeroed floats.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(long count) { reserve(count); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  Buffer(Buffer &&other) noexcept : data_(other.data_), count_(other.count_) {
    other.data_ = nullptr;
    other.count_ = 0;
  }
  ~Buffer() { std::free(data_); }

  // At least `count` floats; the contents are lost (and zero) when it grows.
  void reserve(long count) {
    if (count <= count_) return;
    std::free(data_);
    const size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 127) / 64 * 64;
    data_ = static_cast<float *>(std::aligned_alloc(64, bytes));
    if (!data_) std::abort();
    std::memset(data_, 0, bytes);
    count_ = count;
  }
  operator float *() const { return data_; }

 private:
  float *data_ = nullptr;
  long count_ = 0;
};

// A matrix [rows, columns] cut into panels of `width` columns (the last narrower, a multiple of 16,
// padded with zeros); within a panel rows follow each other. The right factor of every product.
// The width is a register tile's, so that a tile reads consecutive cache lines.
struct Panels {
  static constexpr long widest = 64;
  long rows, columns, width;

  long size() const { return rows * padded(columns); }
  long count() const { return (columns + width - 1) / width; }
  long offset(long panel) const { return panel * width * rows; }
  long widthOf(long panel) const {
    const long left = padded(columns) - panel * width;
    return left < width ? left : width;
  }
  long offset(long row, long column) const {
    const long panel = column / width;
    return offset(panel) + row * widthOf(panel) + column % width;
  }
};

struct Layer {
  long inputs, outputs;
  Panels panels;       // [inputs, outputs]: PyTorch's weight transposed
  Panels transposed;   // [outputs, inputs]: PyTorch's weight, for going back
  Buffer weight[slots], bias[slots];
  Buffer back;         // the parameters again, as `transposed`

  Layer(long inputs, long outputs, long panelWidth)
      : inputs(inputs),
        outputs(outputs),
        panels{inputs, outputs, panelWidth},
        transposed{outputs, inputs, panelWidth},
        back(transposed.size()) {
    for (Buffer &buffer : weight) buffer.reserve(panels.size());
    for (Buffer &buffer : bias) buffer.reserve(padded(outputs));
  }
};

// Rows of activations, one matrix [rows, rowStride(width)] for each layer's output.
struct Activations {
  Buffer of[maximumLayers + 1];
  float *at[maximumLayers + 1] = {};

  void reserve(int level, long rows, long width) {
    of[level].reserve(rows * rowStride(width));
    at[level] = of[level];
  }
};

// What the examples are at the output of one layer: activations and, for activations whose s′ and s″
// do not follow from them, these; null where they are not wanted.
struct Level {
  float *values, *slopes, *bends;
};

struct Levels {
  Activations values, slopes, bends;

  void reserve(int level, long rows, long width, bool keepsSlopes, bool keepsBends) {
    values.reserve(level, rows, width);
    if (keepsSlopes) slopes.reserve(level, rows, width);
    if (keepsSlopes && keepsBends) bends.reserve(level, rows, width);
  }
  Level at(int level) const { return {values.at[level], slopes.at[level], bends.at[level]}; }
};

}  // namespace distill::mlp

struct distill_mlp {
  std::vector<distill::mlp::Layer> layers;
  distill_mlp_activation activation;
  int64_t updates = 0;

  // Work space, grown to the largest batch seen. Entry l belongs to the output of layer l − 1
  // (entry 0 to the inputs).
  distill::mlp::Levels seen;              // a, s′ and s″
  distill::mlp::Activations gradients;    // ∂loss/∂z
  distill::mlp::Activations tangents;     // δ: ∂log f_k/∂z, a row for each output and example
  distill::mlp::Activations cotangents;   // ∂log f_k/∂a, later ∂loss/∂(that)
  distill::mlp::Activations curvatures;   // what the derivative term adds to ∂loss/∂z
  distill::mlp::Buffer packed[distill::mlp::maximumLayers];  // a, then cotangents, for gradients
  std::vector<double> rowLosses;
  std::vector<double> squares;  // of the parts of a gradient that is measured
  bool inputBackFresh = true;  // whether layers[0].back follows layers[0].weight

  long inputs() const { return layers.front().inputs; }
  long outputs() const { return layers.back().outputs; }
  int depth() const { return static_cast<int>(layers.size()); }
  long widestOutput() const {
    long widest = 0;
    for (const auto &layer : layers) widest = std::max(widest, layer.outputs);
    return widest;
  }
  long parameters() const {
    long count = 0;
    for (const auto &layer : layers) count += layer.panels.size();
    return count;
  }
  long width(int level) const { return level == 0 ? inputs() : layers[level - 1].outputs; }
};
