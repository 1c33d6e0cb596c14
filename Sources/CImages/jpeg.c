#if !__has_include(<jpeglib.h>)
#error "libjpeg's header is missing; on Debian or Ubuntu: apt-get install libpng-dev libjpeg-dev"
#endif
#include "channels.h"
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
  jpeg_read_header(&jpeg, TRUE);
  image->width = (int)jpeg.image_width;
  image->height = (int)jpeg.image_height;
  image->channels = jpeg.num_components == 1 ? 1 : 3;
  if (jpeg.num_components != 1 && jpeg.num_components != 3) {
    snprintf(image->message, sizeof image->message,
             "it has %d inks instead of red, green and blue", jpeg.num_components);
    longjmp(errors.place, 1);
  }
  if (pixels) {
    jpeg.out_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&jpeg);
    size_t width = jpeg.output_width;
    buffer = malloc(width * (size_t)image->channels);
    if (!buffer) {
      snprintf(image->message, sizeof image->message, "it does not fit in memory");
      longjmp(errors.place, 1);
    }
    while (jpeg.output_scanline < jpeg.output_height) {
      size_t y = jpeg.output_scanline;
      JSAMPROW row = buffer;
      jpeg_read_scanlines(&jpeg, &row, 1);
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
