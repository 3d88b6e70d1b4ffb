/* Between the files of the probes. */
#ifndef PROBES_H
#define PROBES_H

#include "trial.h"

int probe_write_file(const struct place *place);
int probe_create_file(const struct place *place);

/* -1 if what was put on does not include `held`. */
int probe_requires(sandbox_report *report, uint32_t held, const char *what);
/* Enters namespaces; -1 if one of them is not to be had. */
int probe_spaces(uint32_t wanted, sandbox_report *report);

struct trial probe_make_a_file_out_of_sight(const struct place *place);
struct trial probe_end_a_namespace(const struct place *place);
struct trial probe_be_told(const struct place *place);

#endif
