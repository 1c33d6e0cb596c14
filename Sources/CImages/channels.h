#pragma once
#include <stddef.h>

/// A row from the channels it has to those wanted, in place: colours become grey by their luma
/// (ITU-R BT.601), as (19595 R + 38470 G + 7471 B) / 65536 rounded; grey becomes three equal colours.
static inline void di_convert_row(unsigned char *to, const unsigned char *from, size_t width,
                                  int channels, int wanted) {
  if (channels == wanted) {
    for (size_t i = 0; i < width * (size_t)wanted; i++) to[i] = from[i];
  } else if (wanted == 1) {
    for (size_t i = 0; i < width; i++) {
      const unsigned char *pixel = from + 3 * i;
      to[i] = (unsigned char)((19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 0x8000u) >> 16);
    }
  } else {
    for (size_t i = 0; i < width; i++) to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
  }
}
