// The kernels over numbers of 16 bits.
#include "CKernels.h"

#include <string.h>

#define VITRINE_FAMILY narrow_kernels
#define VITRINE_BODY "narrow.inc"
#include "levels.inc"
