// The scan of a list of vectors in eight bits, or of product-quantised codes, for a few queries, compiled and chosen in the way of
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

// What the bytes of product-quantised codes stand for, in eight bits. A byte stands for one part of
// 256 centroids or for two of 16, the first in its lower half; the values of byte `place` are the
// columns starts[place] ..< starts[place + 1], those before splits[place] of its first part.
struct vitrine_scan_codebook {
    // The values of all 256 bytes of a place, one after the other, from 256 · starts[place]; a byte is
    // a value plus 128.
    const uint8_t *_Nonnull values;
    const size_t *_Nonnull starts; // places + 1
    const size_t *_Nonnull splits; // places
    size_t places;
};

// Product-quantised codes of consecutive items, one byte a place.
struct vitrine_scan_codes {
    const uint8_t *_Nonnull bytes;
    size_t places;
    size_t count;
};

// A query and the keys (CKernelsTopK.h) of what reached its threshold.
struct vitrine_scan_query {
    const int8_t *_Nonnull code; // steps × 4 values
    const void *_Nullable tables; // what `scan_tables` or `scan_registers` looks up
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

    // Writes what codes stand for into the groups of `out`, which have ⌈columns / 4⌉ steps; values
    // beyond the last column or item stay what they are.
    void (*_Nonnull unpack)(
        const struct vitrine_scan_codebook *_Nonnull book,
        const struct vitrine_scan_codes *_Nonnull codes, uint8_t *_Nonnull out);

    // tables[place][byte] = Σ value · code over the columns of the place, shape [places, 256].
    void (*_Nonnull tabulate)(
        const struct vitrine_scan_codebook *_Nonnull book, const int8_t *_Nonnull code,
        int32_t *_Nonnull tables);

    // The keys of `scan` for all items of `codes`, from the tables of the queries: sums are those of
    // their values, which are not unpacked. `list` has no codes of its own.
    void (*_Nonnull scan_tables)(
        const struct vitrine_scan_list *_Nonnull list,
        const struct vitrine_scan_codes *_Nonnull codes,
        struct vitrine_scan_query *_Nonnull queries, size_t query_count);

    // tables[place / 4][half][low, high][place % 4][number]: the lower and the higher byte of
    // 2¹⁵ + Σ value · code over the columns of one half of a place, shape [places / 4, 2, 2, 4, 16].
    // A half has at most two columns, and `places` is a multiple of 4.
    void (*_Nonnull tabulate_registers)(
        const struct vitrine_scan_codebook *_Nonnull book, const int8_t *_Nonnull code,
        uint8_t *_Nonnull tables);

    // Writes codes as groups of `out`, places / 4 steps each: four bytes of an item side by side.
    void (*_Nonnull arrange)(
        const struct vitrine_scan_codes *_Nonnull codes, uint8_t *_Nonnull out);

    // As scan_tables, for the groups of `arrange`, from the tables of tabulate_registers, which are
    // looked up in registers; NULL where the processor has no instruction for it.
    void (*_Nullable scan_registers)(
        const struct vitrine_scan_list *_Nonnull list, size_t first, size_t last,
        struct vitrine_scan_query *_Nonnull queries, size_t query_count);
};

// The kernels of a level, or NULL when this processor cannot run it.
const struct vitrine_scan_kernels *_Nullable vitrine_scan_kernels_at(int level);

// The kernels for AVX-512 with VNNI, or NULL when this processor cannot run them.
const struct vitrine_scan_kernels *_Nullable vitrine_scan_kernels_vnni(void);

// The same with tables in registers by VBMI, or NULL when this processor cannot run them.
const struct vitrine_scan_kernels *_Nullable vitrine_scan_kernels_vbmi(void);

#endif
