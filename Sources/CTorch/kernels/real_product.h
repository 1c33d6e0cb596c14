// Products of real rows with a fixed-point matrix. Included inside the namespace of an instruction
// set, after `fixed_point.h`.

#if defined(DISTILL_AVX512)
constexpr int realVectors = 4;  // of a panel at once: 24 sums fill the 32 registers
#else
constexpr int realVectors = 2;
#endif
constexpr int realRows = 6;

// z[row][first ..< first + realVectors] = x[row] · those columns of the panel, in the panel's units.
template <int rows>
DISTILL_INLINE void multiplyAdd(const int32_t *panel, long count, const float *x, long stride,
                                vfloat z[][panelColumns / lanes], int first) {
  vfloat sums[rows][realVectors] = {};
  for (long i = 0; i < count; ++i) {
    vfloat weights[realVectors];
    for (int v = 0; v < realVectors; ++v)
      weights[v] = convert(*reinterpret_cast<const vint *>(panel + i * panelColumns +
                                                           (first + v) * lanes));
    for (int row = 0; row < rows; ++row) {
      const vfloat value = broadcast(x[row * stride + i]);
      for (int v = 0; v < realVectors; ++v)
        sums[row][v] = fma(value, weights[v], sums[row][v]);
    }
  }
  for (int row = 0; row < rows; ++row)
    for (int v = 0; v < realVectors; ++v) z[row][first + v] = sums[row][v];
}

// Calls epilogue(row, panel, z) with z = x[row] · panel for every row of x [rows, stride] and every
// panel, panel by panel. A row's sums do not depend on which rows are beside it.
template <class Epilogue>
DISTILL_INLINE void realProduct(const FixedPointMatrix &matrix, const float *x, long stride,
                                long rows, Epilogue epilogue) {
  constexpr int vectors = panelColumns / lanes;
  for (long panel = 0; panel < matrix.panels; ++panel) {
    const float *scales = &matrix.scales[panel * panelColumns];
    for (long row = 0; row < rows; row += realRows) {
      vfloat z[realRows][vectors];
      const long count = std::min<long>(realRows, rows - row);
      const float *some = x + row * stride;
      for (int first = 0; first < vectors; first += realVectors)
        if (count == realRows)
          multiplyAdd<realRows>(matrix.panel(panel), matrix.rows, some, stride, z, first);
        else
          for (long i = 0; i < count; ++i)
            multiplyAdd<1>(matrix.panel(panel), matrix.rows, some + i * stride, stride, z + i,
                           first);
      for (long i = 0; i < count; ++i) {
        for (int v = 0; v < vectors; ++v) z[i][v] *= load(scales + v * lanes);
        epilogue(row + i, panel, z[i]);
      }
    }
  }
}
