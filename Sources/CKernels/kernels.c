// The kernels of dense layers, bags and sequences, and the instruction sets there are.
#include "CKernels.h"

#include <math.h>

typedef float floats16 __attribute__((ext_vector_type(16)));

#define VITRINE_FAMILY kernels
#define VITRINE_BODY "body.inc"
#include "levels.inc"

#if defined(__x86_64__)

int vitrine_best_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl"))
        return VITRINE_LEVEL_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("bmi2"))
        return VITRINE_LEVEL_AVX2;
    return VITRINE_LEVEL_BASE;
}

#else

int vitrine_best_level(void) { return VITRINE_LEVEL_BASE; }

#endif
