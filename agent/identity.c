#include "identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"

/* Who the agent is and whom it trusts. */

struct identity {
	SSL_CTX *context;
	BIO_METHOD *bio_method;
	X509 *ca;
	char job[JOB_MAX_LENGTH + 1];
	char server_name[JOB_MAX_LENGTH + 32];
};

SSL_CTX *identity_context(struct identity *identity)
{
	return identity->context;
}

BIO_METHOD *identity_bio_method(struct identity *identity)
{
	return identity->bio_method;
}

const char *identity_server_name(struct identity *identity)
{
	return identity->server_name;
}

/* The one value of an attribute, as UTF-8; NULL when there is none or more than one. Free with OPENSSL_free. */
static unsigned char *subject_entry(X509 *certificate, int nid, int *length)
{
	const X509_NAME *name = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *text = NULL;

	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return NULL;
	*length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	return *length < 0 ? NULL : text;
}

static bool subject_is(X509 *certificate, int nid, const unsigned char *wanted, size_t wanted_length)
{
	int length;
	unsigned char *text = subject_entry(certificate, nid, &length);
	bool equal = text != NULL && (size_t)length == wanted_length && memcmp(text, wanted, wanted_length) == 0;

	OPENSSL_free(text);
	return equal;
}

/* NULL when the certificate's subject is `role` of this CA's installation for this job, otherwise what is wrong. */
static const char *subject_fault(X509 *certificate, X509 *ca, const char *role, const char *job)
{
	int length;
	unsigned char *installation = subject_entry(ca, NID_organizationName, &length);
	bool same;

	if (installation == NULL)
		return "the CA names no installation";
	same = subject_is(certificate, NID_organizationName, installation, (size_t)length);
	OPENSSL_free(installation);
	if (!same)
		return "it is another installation's";
	if (!subject_is(certificate, NID_organizationalUnitName, (const unsigned char *)role, strlen(role)))
		return "it was issued for another role";
	if (!subject_is(certificate, NID_commonName, (const unsigned char *)job, strlen(job)))
		return "it was issued for another job";
	return NULL;
}

/* Runs after OpenSSL's own checks: they decide about the chain, this about the bearer. */
static int check_peer(int chain_is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct peer_check *peer = SSL_get_app_data(ssl);

	if (!chain_is_good || X509_STORE_CTX_get_error_depth(store) != 0)
		return chain_is_good;
	peer->fault = subject_fault(X509_STORE_CTX_get_current_cert(store), peer->identity->ca, "sma-intermediate",
				    peer->identity->job);
	if (peer->fault == NULL)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

/* A key that wants a passphrase is refused rather than asked about. */
static int no_passphrase(char *text, int capacity, int writing, void *context)
{
	(void)text;
	(void)capacity;
	(void)writing;
	(void)context;
	return -1;
}

static X509 *read_certificate(const uint8_t *pem, size_t length)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)length);
	X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return certificate;
}

static EVP_PKEY *read_key(const uint8_t *pem, size_t length)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)length);
	EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return key;
}

/* NULL when the chain of our own certificate is good at the assistant's time, otherwise OpenSSL's words. */
static const char *chain_fault(X509_STORE *store, X509 *certificate, int64_t unix_time)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	const char *fault = NULL;

	if (check == NULL || X509_STORE_CTX_init(check, store, certificate, NULL) != 1) {
		fault = "out of memory";
	} else {
		X509_STORE_CTX_set_time(check, 0, (time_t)unix_time);
		X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_CLIENT);
		if (X509_verify_cert(check) != 1)
			fault = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check));
	}
	X509_STORE_CTX_free(check);
	return fault;
}

static SSL_CTX *new_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, check_peer);
	/* Servers choose AES-256 when they may; AES-128 is a fifth faster, and ChaCha20 far faster where AES is slow. */
	SSL_CTX_set_ciphersuites(context, os_has_aes() ? "TLS_AES_128_GCM_SHA256" : "TLS_CHACHA20_POLY1305_SHA256:"
										      "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK:!SRP");
	return context;
}

/* Puts certificate, key and CA into the context; what is wrong with them otherwise. */
static bool adopt(struct identity *identity, const struct launch *launch, char *why, size_t why_capacity)
{
	X509 *certificate = read_certificate(launch->certificate, launch->certificate_length);
	EVP_PKEY *key = read_key(launch->key, launch->key_length);
	X509_STORE *store = SSL_CTX_get_cert_store(identity->context);
	const char *fault;
	bool good = false;

	identity->ca = read_certificate(launch->ca, launch->ca_length);
	if (identity->ca == NULL) {
		snprintf(why, why_capacity, "ca: is not a certificate in PEM");
	} else if (certificate == NULL) {
		snprintf(why, why_capacity, "certificate: is not a certificate in PEM");
	} else if (key == NULL) {
		snprintf(why, why_capacity, "key: is not a private key in PEM");
	} else if (X509_check_private_key(certificate, key) != 1) {
		snprintf(why, why_capacity, "key: does not belong to the certificate");
	} else if (X509_STORE_add_cert(store, identity->ca) != 1) {
		snprintf(why, why_capacity, "ca: cannot be used");
	} else if ((fault = chain_fault(store, certificate, launch->time)) != NULL) {
		snprintf(why, why_capacity, "certificate: %s", fault);
	} else if ((fault = subject_fault(certificate, identity->ca, "sma-agent", identity->job)) != NULL) {
		snprintf(why, why_capacity, "certificate: %s", fault);
	} else if (SSL_CTX_use_certificate(identity->context, certificate) != 1 ||
		   SSL_CTX_use_PrivateKey(identity->context, key) != 1) {
		snprintf(why, why_capacity, "certificate: cannot be used for TLS");
	} else {
		good = true;
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

struct identity *identity_new(const struct launch *launch, char *why, size_t why_capacity)
{
	struct identity *identity = calloc(1, sizeof *identity);

	snprintf(why, why_capacity, "document: out of memory");
	if (identity == NULL)
		return NULL;
	snprintf(identity->job, sizeof identity->job, "%s", launch->job);
	snprintf(identity->server_name, sizeof identity->server_name, "%s.job.sma.internal", launch->job);
	identity->context = new_context();
	identity->bio_method = channel_bio_method();
	if (identity->context != NULL && identity->bio_method != NULL && adopt(identity, launch, why, why_capacity))
		return identity;
	identity_free(identity);
	return NULL;
}

void identity_free(struct identity *identity)
{
	if (identity == NULL)
		return;
	SSL_CTX_free(identity->context);
	BIO_meth_free(identity->bio_method);
	X509_free(identity->ca);
	free(identity);
}
