#include "check.h"

unsigned long checks_passed, checks_failed;

int main(void) {
  test_operators();
  test_weights();
  printf("%lu passed, %lu failed\n", checks_passed, checks_failed);
  return checks_failed != 0;
}
