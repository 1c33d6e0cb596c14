#if !__has_include(<png.h>)
#error "libpng's header is missing; on Debian or Ubuntu: apt-get install libpng-dev libjpeg-dev"
#endif
#include "channels.h"
#include "exif.h"
#include "images.h"
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
  const unsigned char *bytes;
  size_t count, place;
  struct di_image *image;
};

static void fail(png_structp png, png_const_charp message) {
  struct source *source = png_get_error_ptr(png);
  snprintf(source->image->message, sizeof source->image->message, "%s", message);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void take(png_structp png, png_bytep to, size_t count) {
  struct source *source = png_get_io_ptr(png);
  if (count > source->count - source->place) png_error(png, "the file ends too early");
  memcpy(to, source->bytes + source->place, count);
  source->place += count;
}

/// Reads the header, and where `pixels` is not null the image.
static int read_png(struct source *source, int wanted, unsigned char *pixels) {
  struct di_image *image = source->image;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    snprintf(image->message, sizeof image->message, "libpng could not be started");
    return -1;
  }
  unsigned char *volatile buffer = NULL;
  png_bytep *volatile rows = NULL;
  if (setjmp(png_jmpbuf(png))) {
    free(buffer);
    free((void *)rows);
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  png_set_read_fn(png, source, take);
  png_set_user_limits(png, 65535, 65535);
  png_set_chunk_malloc_max(png, 1 << 26);
  png_read_info(png, info);
  int color = png_get_color_type(png, info);
  image->width = (int)png_get_image_width(png, info);
  image->height = (int)png_get_image_height(png, info);
  image->channels = color & PNG_COLOR_MASK_COLOR ? 3 : 1;
  image->orientation = 1;
#ifdef PNG_eXIf_SUPPORTED
  png_uint_32 count = 0;
  png_bytep exif = NULL;
  if (png_get_eXIf_1(png, info, &count, &exif) && exif)
    image->orientation = di_orientation(exif, count);
#endif
  if (pixels) {
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row = png_get_rowbytes(png, info);
    size_t height = (size_t)image->height, width = (size_t)image->width;
    if (row < width * (size_t)image->channels) png_error(png, "its rows are of an unknown form");
    buffer = malloc(row * height);
    rows = malloc(height * sizeof *rows);
    if (!buffer || !rows) png_error(png, "it does not fit in memory");
    for (size_t y = 0; y < height; y++) rows[y] = buffer + y * row;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    for (size_t y = 0; y < height; y++) {
      di_convert_row(pixels + y * width * (size_t)wanted, rows[y], width, image->channels, wanted);
    }
    free(buffer);
    free((void *)rows);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int di_png_header(const unsigned char *bytes, size_t count, struct di_image *image) {
  struct source source = {bytes, count, 0, image};
  return read_png(&source, 0, NULL);
}

int di_png_pixels(const unsigned char *bytes, size_t count, struct di_image *image, int wanted,
                  unsigned char *pixels) {
  struct source source = {bytes, count, 0, image};
  return read_png(&source, wanted, pixels);
}
