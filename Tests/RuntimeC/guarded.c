#include "guarded.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

#if defined(HAS_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, count) ((void)(start), (void)(count))
#define ASAN_UNPOISON_MEMORY_REGION(start, count) ((void)(start), (void)(count))
#endif

#define BEFORE 20u /* bytes of the guards; malloc gives multiples of 8 */
#define BEHIND 64u
#define GUARD 0xC3u

uint8_t *guarded_new(uint32_t bytes, uint8_t fill) {
  uint8_t *whole = malloc((size_t)BEFORE + bytes + BEHIND);
  if (whole == NULL) abort();
  memset(whole, GUARD, BEFORE);
  memset(whole + BEFORE, fill, bytes);
  memset(whole + BEFORE + bytes, GUARD, BEHIND);
  ASAN_POISON_MEMORY_REGION(whole + BEFORE + bytes, BEHIND);
  return whole + BEFORE;
}

int guarded_free(uint8_t *memory, uint32_t bytes) {
  uint8_t *whole = memory - BEFORE;
  const uint8_t *behind = memory + bytes;
  int is_whole = 1;
  uint32_t i;
  ASAN_UNPOISON_MEMORY_REGION(behind, BEHIND);
  for (i = 0; i < BEFORE; i++) is_whole &= whole[i] == GUARD;
  for (i = 0; i < BEHIND; i++) is_whole &= behind[i] == GUARD;
  free(whole);
  return is_whole;
}
