// Rounds Float32 weights to fixed point. See `fixed_point.h`.

// x to the nearest whole number, |x| < 2³¹.
DISTILL_INLINE vint rounded(vfloat x) {
  const vint hasFraction = absolute(x) < 0x1p22f;
  return truncate(hasFraction ? (x + 0x1.8p23f) - 0x1.8p23f : x);
}

struct SignedSums {
  vfloat positive = {}, negative = {};
  __attribute__((always_inline)) void add(vfloat weights) {
    positive += weights < 0 ? broadcast(0) : weights;  // NaN goes here
    negative -= weights < 0 ? weights : broadcast(0);
  }
};

// Columns 64·panel ..< 64·(panel + 1) of weights [rows, columns].
void roundColumns(const float *weights, FixedPointMatrix &matrix, long panel) {
  const long end = std::min(matrix.columns, (panel + 1) * panelColumns);
  for (long column = panel * panelColumns; column < end; column += lanes) {
    const int count = static_cast<int>(std::min<long>(lanes, end - column));
    SignedSums sums;
    for (long row = 0; row < matrix.rows; ++row)
      sums.add(load(weights + row * matrix.columns + column, count));
    float inverse[lanes];
    for (int i = 0; i < lanes; ++i) {
      matrix.scales[column + i] = fixedPointScale(sums.positive[i], sums.negative[i]);
      inverse[i] = std::isnan(matrix.scales[column + i]) ? 0 : 1 / matrix.scales[column + i];
    }
    for (long row = 0; row < matrix.rows; ++row) {
      const vfloat value = load(weights + row * matrix.columns + column, count) * load(inverse);
      *reinterpret_cast<vint *>(&matrix.at(row, column)) = rounded(value);
    }
  }
}

// The same for columns of the transpose: rows of weights [columns, rows].
void roundRows(const float *weights, FixedPointMatrix &matrix, long panel) {
  const long end = std::min(matrix.columns, (panel + 1) * panelColumns);
  for (long column = panel * panelColumns; column < end; ++column) {
    const float *row = weights + column * matrix.rows;
    SignedSums sums;
    for (long i = 0; i < matrix.rows; i += lanes)
      sums.add(load(row + i, static_cast<int>(std::min<long>(lanes, matrix.rows - i))));
    const float scale = fixedPointScale(sum(sums.positive), sum(sums.negative));
    const float inverse = std::isnan(scale) ? 0 : 1 / scale;
    matrix.scales[column] = scale;
    int32_t *values = &matrix.at(0, column);
    for (long i = 0; i < matrix.rows; i += lanes) {
      const int count = static_cast<int>(std::min<long>(lanes, matrix.rows - i));
      const vint whole = rounded(load(row + i, count) * inverse);
      for (int lane = 0; lane < count; ++lane) values[(i + lane) * panelColumns] = whole[lane];
    }
  }
}
