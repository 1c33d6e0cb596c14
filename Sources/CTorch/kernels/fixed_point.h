// Matrices of 32-bit fixed-point numbers, whose sums are exact.
//
// A product of binary rows with a matrix only adds weights. Done in whole numbers it is exact, so
// any grouping, splitting and order of the additions gives the same result to the last bit: on
// every instruction set, for any number of threads and any split of the batch.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace distill {

// Columns of a panel: the matrix is stored as panels of 64 columns, each row of a panel together.
constexpr long panelColumns = 64;

inline long panelsFor(long columns) { return (columns + panelColumns - 1) / panelColumns; }

// A zeroed array at a cache line's boundary.
template <class T>
struct AlignedArray {
  long count = 0;

  AlignedArray() = default;
  explicit AlignedArray(long wished) : count(wished) {
    const std::size_t bytes = (static_cast<std::size_t>(wished) * sizeof(T) + 63) / 64 * 64;
    values_.reset(static_cast<T *>(std::aligned_alloc(64, bytes ? bytes : 64)));
    if (!values_) throw std::bad_alloc();
    for (long i = 0; i < wished; ++i) values_.get()[i] = T{};
  }
  // At least `wished` elements; what they hold is unspecified after growing.
  T *grown(long wished) {
    if (wished > count) *this = AlignedArray(wished);
    return values_.get();
  }
  T *data() { return values_.get(); }
  const T *data() const { return values_.get(); }
  T &operator[](long i) { return values_.get()[i]; }
  const T &operator[](long i) const { return values_.get()[i]; }

 private:
  struct Free {
    void operator()(T *p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> values_;
};

// A copy with zeros behind the last element, in whole panels. Empty for a null pointer.
inline AlignedArray<float> padded(const float *values, long count) {
  if (!values) return {};
  AlignedArray<float> copy(panelsFor(count) * panelColumns);
  std::copy_n(values, count, copy.data());
  return copy;
}

// A matrix [rows, columns] of numbers value·scale[column]; the scales are powers of two.
//
// With S the larger of a column's sum of positive and its sum of negative weights, the scale is at
// most 2⁻²⁹·S, so that no sum over a set of rows leaves 32 bits, and such a sum is wrong by at most
// half a scale for each row in it. That is finer than adding Float32 numbers as large as S, whose
// spacing is 2⁻²³·S. (A sum's parts may wrap around; the whole does not.)
// A column that is not finite has the scale NaN, and so are its sums.
struct FixedPointMatrix {
  // Zero rows behind the last, so that groups of rows need no special end.
  static constexpr long padding = 8;

  long rows, columns, panels;
  AlignedArray<int32_t> values;  // [panels, rows + padding, 64]
  AlignedArray<float> scales;    // [panels · 64]

  FixedPointMatrix(long rows, long columns)
      : rows(rows), columns(columns), panels(panelsFor(columns)),
        values(panels * (rows + padding) * panelColumns), scales(panels * panelColumns) {}

  int32_t *panel(long index) { return &values[index * (rows + padding) * panelColumns]; }
  const int32_t *panel(long index) const {
    return &values[index * (rows + padding) * panelColumns];
  }
  int32_t &at(long row, long column) {
    return panel(column / panelColumns)[row * panelColumns + column % panelColumns];
  }
};

// The scale of a column whose positive weights add up to `positive`, its negative ones to
// `-negative`: the smallest power of two that keeps both below 2³⁰.
inline float fixedPointScale(float positive, float negative) {
  const float sum = positive > negative ? positive : negative;
  if (!std::isfinite(positive) || !std::isfinite(negative)) return NAN;
  if (sum < 0x1p-90f) return 0x1p-120f;
  return std::ldexp(1.0f, std::ilogb(sum) + 1 - 30);
}

}  // namespace distill
