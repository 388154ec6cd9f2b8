#include <stdio.h>
#include <openssl/ssl.h>
#include <zstd.h>
int main(void) { SSL_CTX *c = SSL_CTX_new(TLS_client_method()); printf("%p %s\n", (void *)c, ZSTD_versionString()); SSL_CTX_free(c); return 0; }
