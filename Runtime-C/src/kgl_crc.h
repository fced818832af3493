/* CRC-32 as in gzip, PNG and zlib (Blob.md, "Header"). */
#ifndef KGL_CRC_H
#define KGL_CRC_H

#include <stdint.h>

#include "kgl_config.h"

#ifdef KGL_CRC_FUNCTION
#define kgl_crc32 KGL_CRC_FUNCTION
#endif

/* The checksum of what `crc` is the checksum of, followed by these bytes; begin with 0. */
uint32_t kgl_crc32(uint32_t crc, const uint8_t *bytes, uint32_t count);

#endif
