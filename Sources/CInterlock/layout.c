/* The layout of version 1 is frozen: a change here would break every plugin that is already built. */
#include "interlock.h"

#define AT(TYPE, FIELD, OFFSET) _Static_assert(offsetof(TYPE, FIELD) == (OFFSET), #TYPE "." #FIELD " moved")

#if UINTPTR_MAX == UINT64_MAX
AT(ilk_when, pointer, 8);
AT(ilk_claim, kind, 32);
AT(ilk_claim, when, 96);
AT(ilk_tool, name, 16);
AT(ilk_tool, claims, 96);
AT(ilk_tool, execute, 104);
AT(ilk_plugin, id, 16);
AT(ilk_plugin, tools, 48);
AT(ilk_plugin, init, 56);
AT(ilk_host, get_ext, 16);
AT(ilk_host, last_error, 96);
_Static_assert(sizeof(ilk_stat) == 48, "ilk_stat grew");
#endif
