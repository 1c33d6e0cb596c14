// Products of binary rows with a fixed-point matrix. Included inside the namespace of an
// instruction set, after `fixed_point.h` and `workspace.h`.
//
// The "method of four Russians" (Arlazarov, Dinic, Kronrod & Faradzhev 1970): take the matrix's
// rows in groups of five, add up all 32 subsets of a group once, and every binary row then needs
// one addition for five of its entries. A product costs a fifth of the additions, and no
// multiplication.

constexpr int groupRows = 5;  // rows of the matrix in a table
constexpr int tableEntries = 1 << groupRows;
constexpr int tableColumns = 32;  // of a panel's 64: half a panel at a time
constexpr int tableGroups = 8;    // tables in use at once: 32 KB, so that they stay in the first cache
constexpr int tableBytes = tableEntries * tableColumns * 4;
constexpr int tableVectors = tableColumns / lanes;
constexpr int panelVectors = panelColumns / lanes;

typedef uint32_t vuint_unaligned
    __attribute__((vector_size(4 * DISTILL_LANES), aligned(4), may_alias));

DISTILL_INLINE vuint loadWhole(const void *p) {
  return *static_cast<const vuint_unaligned *>(p);
}
DISTILL_INLINE void storeWhole(void *p, vuint x) { *static_cast<vuint_unaligned *>(p) = x; }

// The sums of all subsets of `groupRows` rows: bit i of an entry's number stands for row i.
DISTILL_INLINE void subsetSums(const int32_t *rows, char *table) {
  for (int v = 0; v < tableVectors; ++v) {
    vuint sums[tableEntries];
    sums[0] = vuint{};
    for (int row = 0; row < groupRows; ++row) {
      const vuint weights = loadWhole(rows + row * panelColumns + v * lanes);
      for (int entry = 0; entry < 1 << row; ++entry)
        sums[(1 << row) + entry] = sums[entry] + weights;
    }
    for (int entry = 0; entry < tableEntries; ++entry)
      storeWhole(table + (entry * tableVectors + v) * sizeof(vuint), sums[entry]);
  }
}

// The lowest bits of up to eight bytes, the first lowest.
DISTILL_INLINE uint64_t gatherBits(const uint8_t *states, long count) {
  uint64_t bytes = 0;
  if (count >= 8)
    std::memcpy(&bytes, states, 8);
  else
    std::memcpy(&bytes, states, static_cast<std::size_t>(count));
  return (bytes & 0x0101010101010101) * 0x0102040810204080 >> 56;
}

// Where each group of a binary row finds its sum: byte offsets into the group's table. Blocks of
// `tableGroups` groups lie `blockStride` apart: [block, row, tableGroups].
inline void findEntries(const uint8_t *states, long count, long blockStride, uint16_t *offsets) {
  const long groups = (count + groupRows - 1) / groupRows;
  for (long group = 0; group < groups; ++group) {
    const long first = group * groupRows;
    const uint64_t gathered = gatherBits(states + first, count - first);
    offsets[group / tableGroups * blockStride + group % tableGroups] =
        static_cast<uint16_t>((gathered & (tableEntries - 1)) * tableColumns * 4);
  }
}

// sums[tableColumns] (+)= the table entries of some groups of one row.
template <bool first>
DISTILL_INLINE void addEntries(const char *table, const uint16_t *offsets, long groups,
                               uint32_t *sums) {
  vuint sum[tableVectors];
  for (int v = 0; v < tableVectors; ++v)
    sum[v] = first ? vuint{} : loadWhole(sums + v * lanes);
  for (long group = 0; group < groups; ++group) {
    const char *entry = table + group * tableBytes + offsets[group];
    for (int v = 0; v < tableVectors; ++v) sum[v] += loadWhole(entry + v * sizeof(vuint));
  }
  for (int v = 0; v < tableVectors; ++v) storeWhole(sums + v * lanes, sum[v]);
}

template <bool first>
DISTILL_INLINE void addEntriesOfRows(const char *table, const uint16_t *offsets, long groups,
                                     long rows, uint32_t *sums) {
  if (groups == tableGroups)  // a constant, so that the compiler unrolls
    for (long row = 0; row < rows; ++row)
      addEntries<first>(table, offsets + row * tableGroups, tableGroups,
                        sums + row * tableColumns);
  else
    for (long row = 0; row < rows; ++row)
      addEntries<first>(table, offsets + row * tableGroups, groups, sums + row * tableColumns);
}

// sums[rows, tableColumns] = states · part of a panel, by tables.
inline void addByTables(const int32_t *part, long groups, const uint16_t *offsets, long rows,
                        uint32_t *sums) {
  alignas(64) char table[tableGroups * tableBytes];
  for (long group = 0; group < groups; group += tableGroups) {
    const long count = std::min<long>(tableGroups, groups - group);
    for (long i = 0; i < count; ++i)
      subsetSums(part + (group + i) * groupRows * panelColumns, table + i * tableBytes);
    if (group == 0)
      addEntriesOfRows<true>(table, offsets, count, rows, sums);
    else
      addEntriesOfRows<false>(table, offsets + group * rows, count, rows, sums);
  }
}

// The sums of the listed rows of a panel, for one of `rows` binary rows:
// sums[64 / tableColumns parts, `rows` rows apart, tableColumns].
inline void addRows(const int32_t *panel, const int32_t *list, long count, uint32_t *sums,
                    long rows) {
  vuint sum[panelVectors] = {};
  for (long i = 0; i < count; ++i)
    for (int v = 0; v < panelVectors; ++v)
      sum[v] += loadWhole(panel + list[i] * panelColumns + v * lanes);
  for (int v = 0; v < panelVectors; ++v)
    storeWhole(sums + v / tableVectors * rows * tableColumns + v % tableVectors * lanes, sum[v]);
}

// The numbers of the units that are on; returns how many.
inline int32_t listOn(const uint8_t *states, long units, int32_t *list) {
  int32_t count = 0;
  for (long i = 0; i < units; i += 8)
    for (uint64_t on = gatherBits(states + i, units - i); on != 0; on &= on - 1)
      list[count++] = static_cast<int32_t>(i + __builtin_ctzll(on));
  return count;
}

inline long countOn(const uint8_t *states, long units) {
  long count = 0;
  for (long i = 0; i < units; ++i) count += states[i] & 1;
  return count;
}

// Whether adding the rows of the units that are on takes fewer additions than tables do, the
// making of the tables included: for few binary rows, or sparse ones.
inline bool isSparse(const uint8_t *states, long stride, long rows, long units, long groups) {
  // A listed row comes from the second cache, a table's entry from the first.
  const long additions = groups * (rows + tableEntries) * 2 / 3;
  long count = 0;
  for (long row = 0; row < rows && count <= additions; ++row)
    count += countOn(states + row * stride, units);
  return count <= additions;
}

// Calls epilogue(row, panel, z) with z = states[row] · panel for every binary row and panel, panel
// by panel. `states` are bytes [rows, stride]; their lowest bits count. z: `panelVectors` vectors.
template <class Epilogue>
DISTILL_INLINE void binaryProduct(const FixedPointMatrix &matrix, const uint8_t *states, long stride,
                                  long rows, Workspace &workspace, Epilogue epilogue) {
  const long groups = (matrix.rows + groupRows - 1) / groupRows;
  const bool sparse = isSparse(states, stride, rows, matrix.rows, groups);
  uint16_t *offsets = nullptr;
  int32_t *lists = nullptr, *counts = nullptr;
  if (sparse) {
    lists = workspace.lists.grown(rows * matrix.rows);
    counts = workspace.counts.grown(rows);
    for (long row = 0; row < rows; ++row)
      counts[row] = listOn(states + row * stride, matrix.rows, lists + row * matrix.rows);
  } else {
    offsets = workspace.offsets.grown((groups / tableGroups + 1) * tableGroups * rows);
    for (long row = 0; row < rows; ++row)
      findEntries(states + row * stride, matrix.rows, rows * tableGroups,
                  offsets + row * tableGroups);
  }
  uint32_t *sums = workspace.sums.grown(rows * panelColumns);
  for (long panel = 0; panel < matrix.panels; ++panel) {
    const int32_t *weights = matrix.panel(panel);
    if (sparse)
      for (long row = 0; row < rows; ++row)
        addRows(weights, lists + row * matrix.rows, counts[row], sums + row * tableColumns, rows);
    else
      for (long part = 0; part < panelColumns; part += tableColumns)
        addByTables(weights + part, groups, offsets, rows, sums + part * rows);
    const float *scales = &matrix.scales[panel * panelColumns];
    for (long row = 0; row < rows; ++row) {
      vfloat z[panelVectors];
      for (int v = 0; v < panelVectors; ++v) {
        const vuint sum = loadWhole(sums + (v / tableVectors * rows + row) * tableColumns +
                                    v % tableVectors * lanes);
        z[v] = convert((vint)sum) * load(scales + v * lanes);
      }
      epilogue(row, panel, z);
    }
  }
}
