#include "check.h"

unsigned long checks_passed, checks_failed;

int main(void) {
  test_format();
  test_layers();
  test_operators();
  test_weights();
  test_open();
  test_refusals();
  test_self_test();
  test_mutations();
  printf("%lu passed, %lu failed\n", checks_passed, checks_failed);
  return checks_failed != 0;
}
