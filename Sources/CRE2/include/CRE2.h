/* RE2 behind a C interface: regular expressions that are matched in time linear in the text, whatever the pattern. */
#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
/* The only exception that RE2 can let through is bad_alloc. It must not unwind through frames that are not C++; it ends
   the process, as running out of memory does in Swift. */
#define CRE2_NOEXCEPT noexcept
extern "C" {
#else
#define CRE2_NOEXCEPT
#endif

/** A compiled pattern. It never changes: any number of threads may match with it at once. */
typedef struct cre2_regex cre2_regex;

enum cre2_flag {
    CRE2_IGNORE_CASE = 1u << 0,
    /** The pattern is a text to look for, not an expression. */
    CRE2_LITERAL = 1u << 1,
    /** Pattern and text are bytes (Latin-1), not UTF-8. */
    CRE2_BYTES = 1u << 2,
    /** Nothing in the pattern matches a line feed. */
    CRE2_WITHIN_LINES = 1u << 3,
};

/** Why a pattern was not compiled. Texts that do not fit are cut. */
typedef struct cre2_failure {
    char reason[160];
    /** The part of the pattern at fault; its length is 0 when RE2 does not say. */
    char fragment[160];
    size_t fragment_length;
} cre2_failure;

/** A match, as offsets in bytes from the start of the text: first <= offset < end. */
typedef struct cre2_range {
    size_t first;
    size_t end;
} cre2_range;

/**
 * Compiles `length` bytes of `pattern`; at most about `memory` bytes are used for the program and its caches.
 * OWNERSHIP: the caller frees the result with cre2_free. NULL on failure, described in `failure`.
 */
cre2_regex *_Nullable cre2_compile(const char *_Nullable pattern, size_t length, uint32_t flags, int64_t memory,
                                   cre2_failure *_Nonnull failure) CRE2_NOEXCEPT;

void cre2_free(cre2_regex *_Nonnull regex) CRE2_NOEXCEPT;

/**
 * Looks for the leftmost match that begins at `from` or later. The bytes before `from` are still context: '^' does not
 * match at `from` unless that is 0. With `range` NULL only whether there is a match is found out, which is faster.
 */
bool cre2_find(const cre2_regex *_Nonnull regex, const char *_Nullable text, size_t length, size_t from,
               cre2_range *_Nullable range) CRE2_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
