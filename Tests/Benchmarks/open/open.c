/* Firmware that opens a blob and says what that took, in instructions:
 *
 *   status N         what kgl_open gave, as the number of Blob.md without its sign
 *   open N           kgl_open
 *   checksum N       of these, header and checksums: kgl_open of a copy whose last byte is another, which
 *                    ends there
 *   stack N          bytes that kgl_open used
 *   done             last: a run without it failed */
#include "board.h"
#include "kinglet.h"

extern const uint8_t open_blob[], open_blob_end[], open_damaged[];

static void print_pair(const char *key, uint32_t number) {
  board_print(key);
  board_print(" ");
  board_print_number(number);
  board_print("\n");
}

static uint32_t count_open(const uint8_t *blob, uint32_t bytes, kgl_status *status) {
  kgl_model model;
  board_count_begin();
  *status = kgl_open(&model, blob, bytes);
  return board_count_end();
}

int main(void) {
  const uint32_t bytes = (uint32_t)(open_blob_end - open_blob);
  kgl_status status;
  uint32_t count = count_open(open_damaged, bytes, &status);
  if (status != KGL_ERR_CHECKSUM) {
    board_print("the damaged copy was not refused for its checksum\n");
    return 1;
  }
  print_pair("checksum", count);
  board_stack_begin();
  count = count_open(open_blob, bytes, &status);
  print_pair("stack", board_stack_end());
  print_pair("status", (uint32_t)-(int32_t)status);
  print_pair("open", count);
  board_print("done\n");
  return 0;
}
