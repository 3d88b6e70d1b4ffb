/* SHA-256 of files, computed by OpenSSL's libcrypto. */
#ifndef CDIGEST_H
#define CDIGEST_H

#define DIGEST_SHA256_SIZE 32

/** The SHA-256 of a file's whole content, wherever the descriptor stands. 0, or -errno. */
int digest_sha256(int descriptor, unsigned char digest[static DIGEST_SHA256_SIZE]);

#endif
