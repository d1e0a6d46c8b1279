#include <cblas.h>

// cblas.h includes complex.h, whose macro I would swallow identifiers of that name.
#undef I
