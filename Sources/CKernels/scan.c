// The scan of lists of vectors in eight bits.
#include "CKernels.h"

#include <string.h>

static inline uint64_t vitrine_scan_key(float score, uint32_t index) {
    // Adding zero turns minus zero into zero.
    const float value = score + 0.0f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t ordered = bits ^ (bits >> 31 ? 0xFFFFFFFFu : 0x80000000u);
    return (uint64_t)ordered << 32 | (uint32_t)~index;
}

static inline __attribute__((always_inline)) void vitrine_scan_append(
    const struct vitrine_scan_list *list, size_t group, const int32_t *sums,
    struct vitrine_scan_query *query) {
#pragma clang fp contract(off)
    const size_t start = group * VITRINE_SCAN_ITEMS;
    float scores[VITRINE_SCAN_ITEMS];
    for (size_t item = 0; item < VITRINE_SCAN_ITEMS; item++)
        scores[item] = query->base
            + (list->addends[start + item]
               + query->scale * (float)sums[item] * list->scales[start + item]);
    for (size_t item = 0; item < VITRINE_SCAN_ITEMS; item++)
        if (scores[item] >= query->threshold)
            query->keys[query->count++] =
                vitrine_scan_key(scores[item], list->indexes[start + item]);
}

#define VITRINE_FAMILY scan_kernels
#define VITRINE_BODY "scan.inc"
#include "levels.inc"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(                                                                   \
    __attribute__((target("arch=x86-64-v4,avx512vnni,no-prefer-256-bit"))), apply_to = function)

// `GROUPS` groups for `QUERIES` queries: their sums stay in registers, a load of items serves all
// queries, and a load of a query's four values all groups.
#define VITRINE_SCAN_TILE(QUERIES, GROUPS)                                                        \
    static inline __attribute__((always_inline)) void vitrine_scan_tile_##QUERIES##_##GROUPS(     \
        const struct vitrine_scan_list *list, size_t group, struct vitrine_scan_query *queries) { \
        const size_t steps = list->steps;                                                         \
        const uint8_t *codes = list->codes + group * steps * 64;                                  \
        __m512i sums[QUERIES][GROUPS];                                                            \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++)                      \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)                   \
                sums[q][g] = _mm512_set1_epi32(queries[q].offset);                                \
        for (size_t step = 0; step < steps; step++) {                                             \
            __m512i items[GROUPS];                                                                \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)                   \
                items[g] = _mm512_loadu_si512(codes + ((size_t)g * steps + step) * 64);           \
            _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++) {                \
                int32_t four;                                                                     \
                memcpy(&four, queries[q].code + step * 4, sizeof four);                           \
                const __m512i values = _mm512_set1_epi32(four);                                   \
                _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)               \
                    sums[q][g] = _mm512_dpbusd_epi32(sums[q][g], items[g], values);               \
            }                                                                                     \
        }                                                                                         \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++)                      \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)                   \
                vitrine_scan_append_vnni(list, group + g, sums[q][g], &queries[q]);               \
    }

static inline __attribute__((always_inline)) void vitrine_scan_append_vnni(
    const struct vitrine_scan_list *list, size_t group, __m512i sums,
    struct vitrine_scan_query *query) {
    const size_t start = group * VITRINE_SCAN_ITEMS;
    const __m512 products = _mm512_mul_ps(
        _mm512_mul_ps(_mm512_set1_ps(query->scale), _mm512_cvtepi32_ps(sums)),
        _mm512_loadu_ps(list->scales + start));
    const __m512 scores = _mm512_add_ps(
        _mm512_set1_ps(query->base),
        _mm512_add_ps(_mm512_loadu_ps(list->addends + start), products));
    uint32_t passed =
        _mm512_cmp_ps_mask(scores, _mm512_set1_ps(query->threshold), _CMP_GE_OQ);
    if (__builtin_expect(passed == 0, 1)) return;
    float values[VITRINE_SCAN_ITEMS];
    _mm512_storeu_ps(values, scores);
    while (passed) {
        const uint32_t item = (uint32_t)__builtin_ctz(passed);
        query->keys[query->count++] =
            vitrine_scan_key(values[item], list->indexes[start + item]);
        passed &= passed - 1;
    }
}

VITRINE_SCAN_TILE(4, 4)
VITRINE_SCAN_TILE(1, 4)
VITRINE_SCAN_TILE(4, 1)
VITRINE_SCAN_TILE(1, 1)

static void vitrine_scan_vnni(
    const struct vitrine_scan_list *list, size_t first, size_t last,
    struct vitrine_scan_query *queries, size_t query_count) {
#pragma clang fp contract(off)
    size_t group = first;
    for (; group + 4 <= last; group += 4) {
        size_t q = 0;
        for (; q + 4 <= query_count; q += 4) vitrine_scan_tile_4_4(list, group, queries + q);
        for (; q < query_count; q++) vitrine_scan_tile_1_4(list, group, queries + q);
    }
    for (; group < last; group++) {
        size_t q = 0;
        for (; q + 4 <= query_count; q += 4) vitrine_scan_tile_4_1(list, group, queries + q);
        for (; q < query_count; q++) vitrine_scan_tile_1_1(list, group, queries + q);
    }
}

#pragma clang attribute pop

static const struct vitrine_scan_kernels scan_kernels_vnni = {.scan = vitrine_scan_vnni};

const struct vitrine_scan_kernels *vitrine_scan_kernels_vnni(void) {
    const int is_able = vitrine_best_level() == VITRINE_LEVEL_AVX512
        && __builtin_cpu_supports("avx512vnni");
    return is_able ? &scan_kernels_vnni : NULL;
}

#else

const struct vitrine_scan_kernels *vitrine_scan_kernels_vnni(void) { return NULL; }

#endif
