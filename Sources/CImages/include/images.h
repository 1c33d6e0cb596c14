#pragma once
#include <stddef.h>

/// An image in a compressed file. Errors of the libraries, which end programs or jump over frames by
/// themselves, end here.
struct di_image {
  int width, height;
  /// 1 where the file holds shades of grey, 3 where it holds colours.
  int channels;
  /// How the pixels must be turned to stand upright, as Exif numbers it, 1 to 8; 1 for not at all.
  int orientation;
  /// Why a function gave -1.
  char message[200];
};

/// Reads the header; 0, or -1 with a message.
int di_png_header(const unsigned char *bytes, size_t count, struct di_image *image);
int di_jpeg_header(const unsigned char *bytes, size_t count, struct di_image *image);

/// Reads the pixels, row by row, width * height * wanted bytes; 0, or -1 with a message.
///
/// `wanted` is 1 for shades of grey, or 3 for red, green and blue. Transparency is left out, 16 bits
/// are rounded to 8, and nothing is turned.
int di_png_pixels(const unsigned char *bytes, size_t count, struct di_image *image, int wanted,
                  unsigned char *pixels);
int di_jpeg_pixels(const unsigned char *bytes, size_t count, struct di_image *image, int wanted,
                   unsigned char *pixels);
