// The scan of a list of vectors in eight bits for a few queries, compiled and chosen in the way of
// CKernels.h. Integer sums are exact and the rest is rounded step by step: every version gives the
// same bits.
#ifndef VITRINE_CKERNELS_SCAN_H
#define VITRINE_CKERNELS_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum {
    VITRINE_SCAN_ITEMS = 16, // items in a group
    VITRINE_SCAN_STEP = 4,   // values of an item that lie side by side
};

// Groups of 16 items. A group holds `steps` × 16 × 4 bytes: the first four values of each of its
// items, then the next four, and so on. A byte is a value plus 128. Places after the last item of a
// list have an addend of minus infinity, which no threshold lets through.
struct vitrine_scan_list {
    const uint8_t *_Nonnull codes;
    const float *_Nonnull scales;
    const float *_Nonnull addends;
    const uint32_t *_Nonnull indexes;
    size_t steps;
};

// A query and the keys (CKernelsTopK.h) of what reached its threshold.
struct vitrine_scan_query {
    const int8_t *_Nonnull code; // steps × 4 values
    uint64_t *_Nonnull keys;
    size_t count;
    int32_t offset; // -128 Σ code
    float scale;
    float base;
    float threshold;
};

struct vitrine_scan_kernels {
    // Appends the key of every item of the groups `first` ..< `last` whose score
    // base + (addend + scale · Σ values · code · item scale) reaches the threshold, in order of place.
    // Each query needs room for 16 keys a group.
    void (*_Nonnull scan)(
        const struct vitrine_scan_list *_Nonnull list, size_t first, size_t last,
        struct vitrine_scan_query *_Nonnull queries, size_t query_count);
};

// The kernels of a level, or NULL when this processor cannot run it.
const struct vitrine_scan_kernels *_Nullable vitrine_scan_kernels_at(int level);

// The kernels for AVX-512 with VNNI, or NULL when this processor cannot run them.
const struct vitrine_scan_kernels *_Nullable vitrine_scan_kernels_vnni(void);

#endif
