// The scan of lists of vectors in eight bits and of product-quantised codes.
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

#pragma clang attribute push(                                                                   \
    __attribute__((target("arch=x86-64-v4,avx512vnni,avx512vbmi,no-prefer-256-bit"))),           \
    apply_to = function)

// `GROUPS` groups for `QUERIES` queries, four bytes of every item at a time. A lane holds those of an
// item; each half of a byte and its number in the lane make the place in a register of 64 entries, and
// the four entries of a lane are summed.
#define VITRINE_SCAN_REGISTERS(QUERIES, GROUPS)                                                   \
    static inline __attribute__((always_inline)) void                                             \
    vitrine_scan_registers_##QUERIES##_##GROUPS(                                                  \
        const struct vitrine_scan_list *list, size_t group, struct vitrine_scan_query *queries) { \
        const size_t steps = list->steps;                                                         \
        const uint8_t *codes = list->codes + group * steps * 64;                                  \
        const __m512i four_bits = _mm512_set1_epi8(15), ones = _mm512_set1_epi8(1);               \
        const __m512i numbers = _mm512_set1_epi32(0x30201000);                                    \
        __m512i low[QUERIES][GROUPS], high[QUERIES][GROUPS];                                      \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++)                      \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)                   \
                low[q][g] = high[q][g] = _mm512_setzero_si512();                                  \
        for (size_t step = 0; step < steps; step++) {                                             \
            __m512i first[GROUPS], second[GROUPS];                                                \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++) {                 \
                const __m512i bytes =                                                             \
                    _mm512_loadu_si512(codes + ((size_t)g * steps + step) * 64);                  \
                first[g] = _mm512_or_si512(_mm512_and_si512(bytes, four_bits), numbers);          \
                second[g] = _mm512_or_si512(                                                      \
                    _mm512_and_si512(_mm512_srli_epi32(bytes, 4), four_bits), numbers);           \
            }                                                                                     \
            _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++) {                \
                const uint8_t *tables = (const uint8_t *)queries[q].tables + step * 256;          \
                const __m512i table_1 = _mm512_loadu_si512(tables);                               \
                const __m512i table_2 = _mm512_loadu_si512(tables + 64);                          \
                const __m512i table_3 = _mm512_loadu_si512(tables + 128);                         \
                const __m512i table_4 = _mm512_loadu_si512(tables + 192);                         \
                _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++) {             \
                    low[q][g] = _mm512_dpbusd_epi32(                                              \
                        low[q][g], _mm512_permutexvar_epi8(first[g], table_1), ones);             \
                    high[q][g] = _mm512_dpbusd_epi32(                                             \
                        high[q][g], _mm512_permutexvar_epi8(first[g], table_2), ones);            \
                    low[q][g] = _mm512_dpbusd_epi32(                                              \
                        low[q][g], _mm512_permutexvar_epi8(second[g], table_3), ones);            \
                    high[q][g] = _mm512_dpbusd_epi32(                                             \
                        high[q][g], _mm512_permutexvar_epi8(second[g], table_4), ones);           \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
        /* Every half of a byte has added 2¹⁵. */                                                 \
        const __m512i excess = _mm512_set1_epi32((int)(steps * 8) << 15);                         \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < QUERIES; q++)                      \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < GROUPS; g++)                   \
                vitrine_scan_append_vnni(                                                         \
                    list, group + g,                                                              \
                    _mm512_sub_epi32(                                                             \
                        _mm512_add_epi32(low[q][g], _mm512_slli_epi32(high[q][g], 8)), excess),   \
                    &queries[q]);                                                                 \
    }

VITRINE_SCAN_REGISTERS(1, 4)
VITRINE_SCAN_REGISTERS(1, 1)

static void vitrine_scan_registers_vbmi(
    const struct vitrine_scan_list *list, size_t first, size_t last,
    struct vitrine_scan_query *queries, size_t query_count) {
#pragma clang fp contract(off)
    for (size_t q = 0; q < query_count; q++) {
        size_t group = first;
        for (; group + 4 <= last; group += 4)
            vitrine_scan_registers_1_4(list, group, queries + q);
        for (; group < last; group++) vitrine_scan_registers_1_1(list, group, queries + q);
    }
}

#pragma clang attribute pop

static const struct vitrine_scan_kernels scan_kernels_vnni = {
    .scan = vitrine_scan_vnni,
    .unpack = unpack_avx512,
    .tabulate = tabulate_avx512,
    .scan_tables = scan_tables_avx512,
    .arrange = arrange_avx512,
    .tabulate_registers = tabulate_registers_avx512,
    .scan_registers = NULL,
};

static const struct vitrine_scan_kernels scan_kernels_vbmi = {
    .scan = vitrine_scan_vnni,
    .unpack = unpack_avx512,
    .tabulate = tabulate_avx512,
    .scan_tables = scan_tables_avx512,
    .arrange = arrange_avx512,
    .tabulate_registers = tabulate_registers_avx512,
    .scan_registers = vitrine_scan_registers_vbmi,
};

const struct vitrine_scan_kernels *vitrine_scan_kernels_vnni(void) {
    const int is_able = vitrine_best_level() == VITRINE_LEVEL_AVX512
        && __builtin_cpu_supports("avx512vnni");
    return is_able ? &scan_kernels_vnni : NULL;
}

const struct vitrine_scan_kernels *vitrine_scan_kernels_vbmi(void) {
    const int is_able = vitrine_scan_kernels_vnni() && __builtin_cpu_supports("avx512vbmi");
    return is_able ? &scan_kernels_vbmi : NULL;
}

#else

const struct vitrine_scan_kernels *vitrine_scan_kernels_vnni(void) { return NULL; }
const struct vitrine_scan_kernels *vitrine_scan_kernels_vbmi(void) { return NULL; }

#endif
