// One body per instruction set, and the choice among them.
//
// target_clones would be as fast, but its ifuncs crash under the thread sanitizer.
#include "CKernels.h"

#include <math.h>

typedef float floats16 __attribute__((ext_vector_type(16)));

// The lanes of a vector register, and the rows of a tile of two vectors a row that leave
// registers for its operands.
#define VITRINE_NAME(name) name##_base
#define VITRINE_LANES 4
#define VITRINE_TILE_ROWS 4
#include "body.inc"
#undef VITRINE_TILE_ROWS
#undef VITRINE_LANES
#undef VITRINE_NAME

#if defined(__x86_64__)

#define VITRINE_NAME(name) name##_avx2
#define VITRINE_LANES 8
#define VITRINE_TILE_ROWS 4
#pragma clang attribute push(                                                                   \
    __attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,movbe"))), apply_to = function)
#include "body.inc"
#pragma clang attribute pop
#undef VITRINE_TILE_ROWS
#undef VITRINE_LANES
#undef VITRINE_NAME

#define VITRINE_NAME(name) name##_avx512
#define VITRINE_LANES 16
#define VITRINE_TILE_ROWS 8
#pragma clang attribute push(                                                                   \
    __attribute__((target("arch=x86-64-v4,no-prefer-256-bit"))), apply_to = function)
#include "body.inc"
#pragma clang attribute pop
#undef VITRINE_TILE_ROWS
#undef VITRINE_LANES
#undef VITRINE_NAME

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

const struct vitrine_kernels *vitrine_kernels_at(int level) {
    if (level < VITRINE_LEVEL_BASE || level > vitrine_best_level()) return NULL;
    switch (level) {
    case VITRINE_LEVEL_AVX512: return &kernels_avx512;
    case VITRINE_LEVEL_AVX2: return &kernels_avx2;
    default: return &kernels_base;
    }
}

#else

int vitrine_best_level(void) { return VITRINE_LEVEL_BASE; }

const struct vitrine_kernels *vitrine_kernels_at(int level) {
    return level == VITRINE_LEVEL_BASE ? &kernels_base : NULL;
}

#endif
