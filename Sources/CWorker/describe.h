#ifndef IW_DESCRIBE_H
#define IW_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

#include "interlock.h"

/* What IW_DESCRIBED carries. The caller frees bytes. False if it would be larger than IW_DESCRIPTION_MAX. */
bool iw_describe(const ilk_plugin *plugin, unsigned char **bytes, size_t *size);

#endif
