// The loops over numbers of 16 bits, compiled and chosen in the way of CKernels.h.
//
// Two formats: bfloat16, the upper half of a float (8 bits of exponent, 7 of fraction), and float16
// of IEEE 754 (5 and 10). Arithmetic is done in floats; a number is narrowed once, when it is
// written. Every level gives the same bits, but for the order of sums.
#ifndef VITRINE_CKERNELS_NARROW_H
#define VITRINE_CKERNELS_NARROW_H

#include <stddef.h>
#include <stdint.h>

#include "CKernelsSparse.h"

struct vitrine_narrow_format_kernels {
    // out = sparse · base, shape [rows, width]; row i of `base` starts at i · stride, and of `out` at
    // i · out_stride.
    void (*_Nonnull sparse_product)(
        const struct vitrine_sparse_rows *_Nonnull sparse, const uint16_t *_Nonnull base,
        size_t stride, float *_Nonnull out, size_t out_stride, size_t width);

    // out[i] = in[i], exactly.
    void (*_Nonnull widen)(const uint16_t *_Nonnull in, float *_Nonnull out, size_t count);

    // out[i] is the nearest to in[i], of two equally near the one with an even last bit. What is
    // too large for float16 becomes its largest value; a NaN stays one.
    void (*_Nonnull narrow)(const float *_Nonnull in, uint16_t *_Nonnull out, size_t count);

    // out[i] is one of the two neighbours of in[i], each with the probability with which the
    // expectation is in[i]. The draw depends on (seed, i) alone.
    void (*_Nonnull narrow_stochastic)(
        const float *_Nonnull in, uint16_t *_Nonnull out, size_t count, uint64_t seed);
};

struct vitrine_narrow_kernels {
    struct vitrine_narrow_format_kernels bfloat16;
    struct vitrine_narrow_format_kernels float16;
};

// The kernels of a level, or NULL when this processor cannot run it.
const struct vitrine_narrow_kernels *_Nullable vitrine_narrow_kernels_at(int level);

#endif
