#if !__has_include(<jpeglib.h>)
#error "libjpeg's header is missing; on Debian or Ubuntu: apt-get install libpng-dev libjpeg-dev"
#endif
#include "channels.h"
#include "exif.h"
#include "images.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

struct errors {
  struct jpeg_error_mgr manager;
  jmp_buf place;
  struct di_image *image;
};

static void fail(j_common_ptr jpeg) {
  struct errors *errors = (struct errors *)jpeg->err;
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  snprintf(errors->image->message, sizeof errors->image->message, "%s", text);
  longjmp(errors->place, 1);
}

/// libjpeg goes on with grey where bytes are missing or damaged; such images are refused. Other
/// warnings are about things that change no pixel.
static void warn(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
  case JWRN_JPEG_EOF:
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_MUST_RESYNC:
    fail(jpeg);
  default: break;
  }
}

/// The orientation among the markers of a header.
static int orientation(j_decompress_ptr jpeg) {
  for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker; marker = marker->next) {
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 &&
        memcmp(marker->data, "Exif\0\0", 6) == 0)
      return di_orientation(marker->data + 6, marker->data_length - 6);
  }
  return 1;
}

/// Red, green and blue of four inks, in place. Inks are stored the other way round, 255 for none, as
/// Adobe began to and everyone does.
static void convert_inks(unsigned char *row, size_t width) {
  for (size_t i = 0; i < width; i++) {
    unsigned black = row[4 * i + 3];
    for (size_t ink = 0; ink < 3; ink++) {
      unsigned covered = (255u - row[4 * i + ink]) * black + 128;
      row[3 * i + ink] = (unsigned char)(black - ((covered + (covered >> 8)) >> 8));
    }
  }
}

static int read_jpeg(const unsigned char *bytes, size_t count, struct di_image *image, int wanted,
                     unsigned char *pixels) {
  struct jpeg_decompress_struct jpeg;
  struct errors errors;
  unsigned char *volatile buffer = NULL;
  memset(&jpeg, 0, sizeof jpeg);
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = fail;
  errors.manager.emit_message = warn;
  errors.image = image;
  if (setjmp(errors.place)) {
    free(buffer);
    jpeg_destroy_decompress(&jpeg);
    return -1;
  }
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, bytes, count);
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&jpeg, TRUE);
  image->orientation = orientation(&jpeg);
  image->width = (int)jpeg.image_width;
  image->height = (int)jpeg.image_height;
  image->channels = jpeg.num_components == 1 ? 1 : 3;
  int inks = jpeg.num_components;
  if (inks != 1 && inks != 3 && inks != 4) {
    snprintf(image->message, sizeof image->message,
             "its pixels are of %d numbers, neither grey nor colours nor four inks", inks);
    longjmp(errors.place, 1);
  }
  if (pixels) {
    jpeg.out_color_space = inks == 1 ? JCS_GRAYSCALE : inks == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_start_decompress(&jpeg);
    size_t width = jpeg.output_width;
    buffer = malloc(width * (size_t)inks);
    if (!buffer) {
      snprintf(image->message, sizeof image->message, "it does not fit in memory");
      longjmp(errors.place, 1);
    }
    while (jpeg.output_scanline < jpeg.output_height) {
      size_t y = jpeg.output_scanline;
      JSAMPROW row = buffer;
      jpeg_read_scanlines(&jpeg, &row, 1);
      if (inks == 4) convert_inks(buffer, width);
      di_convert_row(pixels + y * width * (size_t)wanted, row, width, image->channels, wanted);
    }
    jpeg_finish_decompress(&jpeg);
    free(buffer);
  }
  jpeg_destroy_decompress(&jpeg);
  return 0;
}

int di_jpeg_header(const unsigned char *bytes, size_t count, struct di_image *image) {
  return read_jpeg(bytes, count, image, 0, NULL);
}

int di_jpeg_pixels(const unsigned char *bytes, size_t count, struct di_image *image, int wanted,
                   unsigned char *pixels) {
  return read_jpeg(bytes, count, image, wanted, pixels);
}
