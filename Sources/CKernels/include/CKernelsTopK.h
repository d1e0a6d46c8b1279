// The loops of exact top-k search, compiled and chosen in the way of CKernels.h.
//
// A key is a score and an index in 64 bits. The upper half is the score's bits mapped to an integer
// of the same order, the lower half the complement of the index: the larger key has the higher
// score or, among equal scores, the smaller index.
#ifndef VITRINE_CKERNELS_TOPK_H
#define VITRINE_CKERNELS_TOPK_H

#include <stddef.h>
#include <stdint.h>

struct vitrine_topk_kernels {
    // Writes the keys of scores >= threshold to `keys`, in order of index, and returns how many.
    // scores[i] has the index first_index + i. Stops where fewer than 64 places are left while 64
    // scores or more remain, and at the last place; *consumed scores were looked at.
    size_t (*_Nonnull threshold_filter)(
        const float *_Nonnull scores, size_t count, float threshold, uint32_t first_index,
        uint64_t *_Nonnull keys, size_t room, size_t *_Nonnull consumed);

    // Replaces the score of each key by the inner product of `query` and row `index` of `items`,
    // summed in double precision in 16 lanes, lane l taking the positions l, l + 16, …, and the
    // lanes added in halves. A product of two floats is exact in double precision, so that every
    // level, with or without fused multiplication, gives the same bits.
    void (*_Nonnull rescore)(
        const float *_Nonnull query, const float *_Nonnull items, size_t stride, size_t width,
        uint64_t *_Nonnull keys, size_t count);

    // As `rescore`, by the negative squared distance of `query` and the row; differences and squares
    // are rounded to double precision one by one.
    void (*_Nonnull rescore_distance)(
        const float *_Nonnull query, const float *_Nonnull items, size_t stride, size_t width,
        uint64_t *_Nonnull keys, size_t count);

    // Writes the position of the largest scores[i] + addends[i] to *position, the first of equal ones,
    // and returns it. count must be positive and below 2^31, and no sum a NaN.
    float (*_Nonnull largest_sum)(
        const float *_Nonnull scores, const float *_Nonnull addends, size_t count,
        uint32_t *_Nonnull position);
};

// The kernels of a level, or NULL when this processor cannot run it.
const struct vitrine_topk_kernels *_Nullable vitrine_topk_kernels_at(int level);

#endif
