#include "check.h"

unsigned long checks_passed, checks_failed;

int main(void) {
#if KGL_FLOAT
  test_format();
  test_layers();
  test_operators();
  test_weights();
  test_open();
  test_steps();
  test_refusals();
  test_mutations();
#endif
  test_integer();
  test_arg_max();
  test_shorts();
  test_detect();
  test_states();
#if KGL_FLOAT && KGL_INTEGER
  test_self_test();
#endif
#if KGL_INTEGER
  test_integer_mutations();
#endif
  printf("%lu passed, %lu failed\n", checks_passed, checks_failed);
  return checks_failed != 0;
}
