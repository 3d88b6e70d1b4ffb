#include "CRE2.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

struct cre2_regex {
    re2::RE2 re2;
};

namespace {

size_t copy(char *to, size_t capacity, const std::string &from) {
    const size_t length = std::min(capacity - 1, from.size());
    std::memcpy(to, from.data(), length);
    to[length] = '\0';
    return length;
}

re2::RE2::Options options_for(uint32_t flags, int64_t memory) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory);
    options.set_case_sensitive(!(flags & CRE2_IGNORE_CASE));
    options.set_literal(flags & CRE2_LITERAL);
    options.set_never_nl(flags & CRE2_WITHIN_LINES);
    options.set_encoding(flags & CRE2_BYTES ? re2::RE2::Options::EncodingLatin1 : re2::RE2::Options::EncodingUTF8);
    return options;
}

}  // namespace

cre2_regex *cre2_compile(const char *pattern, size_t length, uint32_t flags, int64_t memory,
                         cre2_failure *failure) CRE2_NOEXCEPT {
    auto *regex = new cre2_regex{re2::RE2(re2::StringPiece(pattern, length), options_for(flags, memory))};
    if (regex->re2.ok()) return regex;
    copy(failure->reason, sizeof failure->reason, regex->re2.error());
    failure->fragment_length = copy(failure->fragment, sizeof failure->fragment, regex->re2.error_arg());
    delete regex;
    return nullptr;
}

void cre2_free(cre2_regex *regex) CRE2_NOEXCEPT { delete regex; }

bool cre2_find(const cre2_regex *regex, const char *text, size_t length, size_t from, cre2_range *range) CRE2_NOEXCEPT {
    const re2::StringPiece whole(text == nullptr ? "" : text, length);
    re2::StringPiece match;
    if (!regex->re2.Match(whole, from, length, re2::RE2::UNANCHORED, &match, range == nullptr ? 0 : 1)) return false;
    if (range != nullptr) {
        range->first = static_cast<size_t>(match.data() - whole.data());
        range->end = range->first + match.size();
    }
    return true;
}
