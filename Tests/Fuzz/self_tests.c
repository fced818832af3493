/* Writes blobs that carry a self-test, as seeds: each golden file of a folder with its own input and
 * output as the one sample, and once more with a byte of that answer changed.
 *
 *   self_tests Formats/Vectors/valid FOLDER */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../RuntimeC/builder.h"

#define ENTRY 12u
#define HEADER 20u

static void read_file(bytes *to, const char *folder, const char *stem, const char *ending) {
  char path[4096];
  FILE *stream;
  int byte;
  snprintf(path, sizeof path, "%s/%s%s", folder, stem, ending);
  stream = fopen(path, "rb");
  if (stream == NULL) {
    perror(path);
    exit(1);
  }
  while ((byte = getc(stream)) != EOF) put_byte(to, (uint32_t)byte);
  fclose(stream);
}

static void write_file(const bytes *from, const char *folder, const char *stem, const char *ending) {
  char path[4096];
  FILE *stream;
  snprintf(path, sizeof path, "%s/%s%s", folder, stem, ending);
  stream = fopen(path, "wb");
  if (stream == NULL || fwrite(from->data, 1, from->count, stream) != from->count ||
      fclose(stream) != 0) {
    perror(path);
    exit(1);
  }
}

/* The blob with one more section, of kind 129, at its end. */
static bytes with_section(const bytes *blob, const bytes *section) {
  const uint32_t table_end = HEADER + ENTRY * blob->data[6];
  bytes file = {NULL, 0, 0};
  uint32_t i;
  put_bytes(&file, blob->data, table_end);
  put_byte(&file, 129);
  for (i = 0; i < 3; i++) put_byte(&file, 0);
  put_word(&file, section->count);
  put_word(&file, 0); /* the checksum, see reseal */
  put_bytes(&file, blob->data + table_end, blob->count - table_end);
  put_bytes(&file, section->data, section->count);
  file.data[6]++;
  for (i = 0; i < 4; i++) file.data[8 + i] = (uint8_t)(file.count >> 8 * i);
  reseal(file.data, file.count);
  return file;
}

static void write_self_tests(const char *from, const char *stem, const char *to) {
  bytes blob = {NULL, 0, 0}, section = {NULL, 0, 0}, file;
  read_file(&blob, from, stem, ".kgl");
  put_varint(&section, 1);
  put_float(&section, 1e-4f);
  read_file(&section, from, stem, ".input");
  read_file(&section, from, stem, ".output");
  file = with_section(&blob, &section);
  write_file(&file, to, stem, "-self-test.kgl");
  file.data[file.count - 1] ^= 1;
  reseal(file.data, file.count);
  write_file(&file, to, stem, "-self-test-fails.kgl");
  bytes_free(&file);
  bytes_free(&section);
  bytes_free(&blob);
}

int main(int count, char **arguments) {
  DIR *folder = count == 3 ? opendir(arguments[1]) : NULL;
  struct dirent *entry;
  if (folder == NULL) {
    fprintf(stderr, "self_tests: give a folder of golden files and one to write to\n");
    return 2;
  }
  while ((entry = readdir(folder)) != NULL) {
    char *ending = strstr(entry->d_name, ".kgl");
    if (ending == NULL) continue;
    *ending = 0;
    write_self_tests(arguments[1], entry->d_name, arguments[2]);
  }
  closedir(folder);
  return 0;
}
