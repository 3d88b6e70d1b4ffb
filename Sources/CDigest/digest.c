#define _GNU_SOURCE
#include "CDigest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

static int add_contents(EVP_MD_CTX *context, int descriptor) {
    unsigned char chunk[64 << 10];
    off_t offset = 0;
    for (;;) {
        const ssize_t count = pread(descriptor, chunk, sizeof chunk, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) return 0;
        if (EVP_DigestUpdate(context, chunk, (size_t)count) != 1) return -EIO;
        offset += count;
    }
}

int digest_sha256(int descriptor, unsigned char digest[static DIGEST_SHA256_SIZE]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return -ENOMEM;
    int result = EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 ? add_contents(context, descriptor) : -ENOTSUP;
    if (result == 0 && EVP_DigestFinal_ex(context, digest, NULL) != 1) result = -EIO;
    EVP_MD_CTX_free(context);
    return result;
}
