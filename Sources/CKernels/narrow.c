// The kernels over numbers of 16 bits: one body per instruction set, and the choice among them.
#include "CKernels.h"

#include <string.h>


#define VITRINE_NAME(name) name##_base
#include "narrow.inc"
#undef VITRINE_NAME

#if defined(__x86_64__)

#define VITRINE_NAME(name) name##_avx2
#pragma clang attribute push(                                                                   \
    __attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,movbe"))), apply_to = function)
#include "narrow.inc"
#pragma clang attribute pop
#undef VITRINE_NAME

#define VITRINE_NAME(name) name##_avx512
#pragma clang attribute push(                                                                   \
    __attribute__((target("arch=x86-64-v4,no-prefer-256-bit"))), apply_to = function)
#include "narrow.inc"
#pragma clang attribute pop
#undef VITRINE_NAME

const struct vitrine_narrow_kernels *vitrine_narrow_kernels_at(int level) {
    if (level < VITRINE_LEVEL_BASE || level > vitrine_best_level()) return NULL;
    switch (level) {
    case VITRINE_LEVEL_AVX512: return &narrow_kernels_avx512;
    case VITRINE_LEVEL_AVX2: return &narrow_kernels_avx2;
    default: return &narrow_kernels_base;
    }
}

#else

const struct vitrine_narrow_kernels *vitrine_narrow_kernels_at(int level) {
    return level == VITRINE_LEVEL_BASE ? &narrow_kernels_base : NULL;
}

#endif
