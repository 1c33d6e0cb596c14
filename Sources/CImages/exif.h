#pragma once
#include <stddef.h>
#include <string.h>

static inline unsigned di_number(const unsigned char *bytes, int count, int is_little) {
  unsigned number = 0;
  for (int i = 0; i < count; i++) number = number << 8 | bytes[is_little ? count - 1 - i : i];
  return number;
}

/// The orientation that Exif gives (CIPA DC-008, tag 0x0112), 1 to 8; 1 where it gives none.
///
/// `bytes` begin with the header of TIFF.
static inline int di_orientation(const unsigned char *bytes, size_t count) {
  if (count < 8) return 1;
  int is_little = memcmp(bytes, "II*\0", 4) == 0;
  if (!is_little && memcmp(bytes, "MM\0*", 4) != 0) return 1;
  size_t place = di_number(bytes + 4, 4, is_little);
  if (place > count - 2) return 1;
  size_t entries = di_number(bytes + place, 2, is_little);
  for (place += 2; entries > 0 && place + 12 <= count; entries--, place += 12) {
    if (di_number(bytes + place, 2, is_little) != 0x0112) continue;
    unsigned type = di_number(bytes + place + 2, 2, is_little);
    unsigned value = di_number(bytes + place + 8, type == 4 ? 4 : 2, is_little);
    return (type == 3 || type == 4) && value >= 1 && value <= 8 ? (int)value : 1;
  }
  return 1;
}
