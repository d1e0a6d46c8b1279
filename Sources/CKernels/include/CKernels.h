// The few loops that need SIMD, compiled once per instruction set.
//
// A table of function pointers holds one version of every kernel. Callers ask for the best
// table of the processor once and keep it; tests ask for each level in turn. No state is global,
// so two levels can be in use at the same time.
//
// Sums are reassociated: levels differ from one another, and from a plain loop, by rounding.
// One level gives the same bits on every call.
#ifndef VITRINE_CKERNELS_H
#define VITRINE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CKernelsNarrow.h"
#include "CKernelsScan.h"
#include "CKernelsSparse.h"
#include "CKernelsTopK.h"

enum vitrine_level {
    VITRINE_LEVEL_BASE = 0,   // what the compiler assumes for the target: SSE2, NEON
    VITRINE_LEVEL_AVX2 = 1,   // x86-64-v3: AVX2 and FMA
    VITRINE_LEVEL_AVX512 = 2, // x86-64-v4: AVX-512 F, BW, CD, DQ, VL
};

enum vitrine_activation {
    VITRINE_ACTIVATION_IDENTITY = 0,
    VITRINE_ACTIVATION_RELU = 1,
};

// One head of causal attention over one sequence. Rows of an operand, and of its gradient, are
// `stride` values apart; past the last value of an operand 15 more must be readable.
struct vitrine_attention {
    size_t queries, keys;
    size_t key_width, value_width;
    size_t query_stride, key_stride, value_stride, output_stride;
    float scale;
    // How many keys each query sees: 1 … keys, never falling.
    const int32_t *_Nonnull visible;
};

struct vitrine_kernels {
    // Σ a[i] b[i].
    float (*_Nonnull dot)(const float *_Nonnull a, const float *_Nonnull b, size_t count);

    // y += factor · x.
    void (*_Nonnull axpy)(float factor, const float *_Nonnull x, float *_Nonnull y, size_t count);

    // x *= factor.
    void (*_Nonnull scale)(float factor, float *_Nonnull x, size_t count);

    // out = sparse · base, shape [rows, width]; row i of `base` starts at i · stride, and of `out` at
    // i · out_stride.
    void (*_Nonnull sparse_product)(
        const struct vitrine_sparse_rows *_Nonnull sparse, const float *_Nonnull base,
        size_t stride, float *_Nonnull out, size_t out_stride, size_t width);

    // x becomes softmax(x); returns log Σ exp(x). An entry of minus infinity gets exactly 0.
    float (*_Nonnull softmax)(float *_Nonnull x, size_t count);

    // x becomes softmax(x) - share / n on the n entries above minus infinity, 0 on the others;
    // *mean is the mean of x over the former. Returns log Σ exp(x).
    float (*_Nonnull smoothed_softmax)(
        float *_Nonnull x, size_t count, float share, float *_Nonnull mean);

    // x becomes 1 / (1 + exp(-x - shift)); returns Σ log(1 + exp(x + shift)), and in *slope the sum
    // of the former. An entry of minus infinity gets 0 and adds nothing; *entries is the number of
    // the others.
    float (*_Nonnull softplus)(
        float *_Nonnull x, size_t count, float shift, float *_Nonnull slope,
        size_t *_Nonnull entries);

    // x becomes `factor` where factor · x exceeds `margin`, 0 elsewhere; returns Σ of what exceeds.
    // *entries is the number of entries above minus infinity; factor must be positive.
    float (*_Nonnull hinge)(
        float *_Nonnull x, size_t count, float factor, float margin, size_t *_Nonnull entries);

    // x = activation(x + bias) on rows × columns values, rows `stride` apart.
    void (*_Nonnull bias_activation)(
        float *_Nonnull x, const float *_Nonnull bias, size_t rows, size_t columns, size_t stride,
        int activation);

    // gradient[i] = 0 where output[i] <= 0: the backward of ReLU in terms of its output.
    void (*_Nonnull relu_backward)(
        const float *_Nonnull output, float *_Nonnull gradient, size_t count);

    // x[i] = 0 with probability threshold / 2^32, else x[i] · factor. The draw for x[i] depends
    // on (seed, i) alone, so that the backward pass repeats it instead of storing it.
    void (*_Nonnull dropout)(
        float *_Nonnull x, size_t count, uint64_t seed, uint32_t threshold, float factor);

    // Asks for bytes that will soon be needed, perhaps to be changed.
    void (*_Nonnull prefetch)(const void *_Nonnull start, size_t bytes);

    // Adagrad, one accumulator per value: sum += g²; w -= rate · g / (√sum + epsilon),
    // with g = gradient + decay · w.
    void (*_Nonnull adagrad)(
        float *_Nonnull weights, float *_Nonnull sums, const float *_Nonnull gradient,
        size_t count, float rate, float epsilon, float decay);

    // Row-wise Adagrad, one accumulator for all values: *sum += mean(g²), then as above.
    void (*_Nonnull adagrad_row)(
        float *_Nonnull weights, float *_Nonnull sum, const float *_Nonnull gradient,
        size_t count, float rate, float epsilon, float decay);

    // Adam (Kingma & Ba 2015) with decoupled decay (Loshchilov & Hutter 2019), or with an L2
    // penalty, which enters the moments: g = gradient + penalty · w. `rate` has the bias
    // correction of the first moment in it, `second_scale` is 1 / (1 - beta2^t), and `decay` is
    // the learning rate times the weight decay.
    void (*_Nonnull adam)(
        float *_Nonnull weights, float *_Nonnull first, float *_Nonnull second,
        const float *_Nonnull gradient, size_t count, float rate, float beta1, float beta2,
        float second_scale, float epsilon, float decay, float penalty);

    // Layer normalisation (Ba, Kiros, Hinton 2016): y = (x - mean) / √(variance + epsilon) · gain
    // + bias, row by row; moments[row] = mean and 1 / √(variance + epsilon).
    void (*_Nonnull layer_norm)(
        const float *_Nonnull x, size_t x_stride, const float *_Nonnull gain,
        const float *_Nonnull bias, float *_Nonnull y, size_t y_stride, float *_Nonnull moments,
        size_t rows, size_t columns, float epsilon);

    // Adds the gradients of x, gain and bias; rows of that of x lie as those of x.
    void (*_Nonnull layer_norm_backward)(
        const float *_Nonnull x, size_t x_stride, const float *_Nonnull gain,
        const float *_Nonnull moments, const float *_Nonnull y_gradient, size_t y_stride,
        float *_Nonnull x_gradient, float *_Nonnull gain_gradient,
        float *_Nonnull bias_gradient, size_t rows, size_t columns);

    // GELU (Hendrycks, Gimpel 2016) in its tanh form: x σ(2 √(2/π) (x + 0.044715 x³)).
    void (*_Nonnull gelu)(const float *_Nonnull x, float *_Nonnull y, size_t count);

    // Multiplies the gradient by the slope of GELU at x.
    void (*_Nonnull gelu_backward)(
        const float *_Nonnull x, float *_Nonnull gradient, size_t count);

    // y = tanh(a) σ(b), shape [rows, width], for rows a, b of z, shape [rows, 2 width]. Leaves
    // tanh(a) and σ(b) in z.
    void (*_Nonnull gate)(float *_Nonnull z, float *_Nonnull y, size_t rows, size_t width);

    // Writes the gradient of z as it was before `gate`, from what `gate` left there.
    void (*_Nonnull gate_backward)(
        const float *_Nonnull z, const float *_Nonnull y_gradient, float *_Nonnull z_gradient,
        size_t rows, size_t width);

    // A step of a gated recurrent unit (Cho et al. 2014), the reset after the product: r, z, n are
    // σ(a₁ + c₁), σ(a₂ + c₂), tanh(a₃ + r c₃) and the state is (1 - z) n + z previous, for rows a
    // of `input` and c of `recurrent`, shape [rows, 3 width]. Leaves r, z, n in `gates`.
    void (*_Nonnull recurrence)(
        const float *_Nonnull input, const float *_Nonnull recurrent,
        const float *_Nonnull previous, float *_Nonnull gates, float *_Nonnull state,
        size_t rows, size_t width);

    // Writes the gradients of input and recurrent, and the share of that of `previous` that does
    // not pass through `recurrent`.
    void (*_Nonnull recurrence_backward)(
        const float *_Nonnull recurrent, const float *_Nonnull previous,
        const float *_Nonnull gates, const float *_Nonnull state_gradient,
        float *_Nonnull input_gradient, float *_Nonnull recurrent_gradient,
        float *_Nonnull previous_gradient, size_t rows, size_t width);

    // sums[i] += Σ_row x[row, i].
    void (*_Nonnull column_sums)(
        const float *_Nonnull x, size_t stride, size_t rows, size_t columns,
        float *_Nonnull sums);

    // output = softmax(scale · query keyᵀ + bias) value over the keys that each query sees. `bias`
    // points to the bias of distance 0 (the newest key that a query sees), and that of distance t
    // lies t values before it. Writes the probabilities, shape [queries, keys rounded up to 16].
    // Scratch: key_width · keys rounded up to 16.
    void (*_Nonnull attention)(
        const struct vitrine_attention *_Nonnull shape, const float *_Nonnull query,
        const float *_Nonnull key, const float *_Nonnull value, const float *_Nullable bias,
        float *_Nonnull probabilities, float *_Nonnull output, float *_Nonnull scratch);

    // Writes the gradients of query, key and value and adds that of the bias, if asked for.
    // Scratch: (value_width + queries) · keys rounded up to 16.
    void (*_Nonnull attention_backward)(
        const struct vitrine_attention *_Nonnull shape, const float *_Nonnull query,
        const float *_Nonnull key, const float *_Nonnull value,
        const float *_Nonnull probabilities, const float *_Nonnull output_gradient,
        float *_Nonnull query_gradient, float *_Nonnull key_gradient,
        float *_Nonnull value_gradient, float *_Nullable bias_gradient, float *_Nonnull scratch);
};

// The highest level that this processor and operating system can run.
int vitrine_best_level(void);

// The kernels of a level, or NULL when this processor cannot run it.
const struct vitrine_kernels *_Nullable vitrine_kernels_at(int level);

#endif
