// The kernels of exact top-k search.
#include "CKernels.h"

#include <stdbool.h>
#include <string.h>

typedef float floats16 __attribute__((ext_vector_type(16)));
typedef int32_t indexes16 __attribute__((ext_vector_type(16)));
typedef double doubles16 __attribute__((ext_vector_type(16)));
typedef bool flags16 __attribute__((ext_vector_type(16)));

#define VITRINE_FAMILY topk_kernels
#define VITRINE_BODY "topk.inc"
#include "levels.inc"
