// Rows of a matrix with few values other than 0, one after the other ("compressed sparse row").
#ifndef VITRINE_CKERNELS_SPARSE_H
#define VITRINE_CKERNELS_SPARSE_H

#include <stddef.h>
#include <stdint.h>

// Row r has the value weights[k] in column indexes[k] for offsets[r] <= k < offsets[r + 1]; a column
// that comes twice counts twice.
struct vitrine_sparse_rows {
    size_t rows;
    const size_t *_Nonnull offsets;
    const uint32_t *_Nonnull indexes;
    const float *_Nonnull weights;
    // How many entries there are, those of later rows included: a product looks ahead.
    size_t entries;
};

#endif
