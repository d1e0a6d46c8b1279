// The kernels of exact top-k search: one body per instruction set, and the choice among them.
#include "CKernels.h"

#include <stdbool.h>
#include <string.h>

typedef float floats16 __attribute__((ext_vector_type(16)));
typedef double doubles16 __attribute__((ext_vector_type(16)));
typedef bool flags16 __attribute__((ext_vector_type(16)));

#define VITRINE_NAME(name) name##_base
#include "topk.inc"
#undef VITRINE_NAME

#if defined(__x86_64__)

#define VITRINE_NAME(name) name##_avx2
#pragma clang attribute push(                                                                   \
    __attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,movbe"))), apply_to = function)
#include "topk.inc"
#pragma clang attribute pop
#undef VITRINE_NAME

#define VITRINE_NAME(name) name##_avx512
#pragma clang attribute push(                                                                   \
    __attribute__((target("arch=x86-64-v4,no-prefer-256-bit"))), apply_to = function)
#include "topk.inc"
#pragma clang attribute pop
#undef VITRINE_NAME

const struct vitrine_topk_kernels *vitrine_topk_kernels_at(int level) {
    if (level < VITRINE_LEVEL_BASE || level > vitrine_best_level()) return NULL;
    switch (level) {
    case VITRINE_LEVEL_AVX512: return &topk_kernels_avx512;
    case VITRINE_LEVEL_AVX2: return &topk_kernels_avx2;
    default: return &topk_kernels_base;
    }
}

#else

const struct vitrine_topk_kernels *vitrine_topk_kernels_at(int level) {
    return level == VITRINE_LEVEL_BASE ? &topk_kernels_base : NULL;
}

#endif
