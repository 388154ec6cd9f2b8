#!/bin/sh
# Seals a bundle to the assistant's public key with nothing but openssl, for the walk out of a closed network.
#
#   sh collect-linux.sh | sh seal-bundle.sh assistant-public.pem > "$(hostname).sealed"
#
# AES-256-CBC and HMAC-SHA-256 with fresh keys, which are wrapped with RSA-OAEP (SHA-256); the container is described in
# main/inventory/bundle-seal.ts. Needs OpenSSL 1.0.2 or later. The keys never reach a disk: they are held in a private
# folder in memory where there is one, and the folder is removed at the end.
set -eu
umask 077
public=${1:?usage: seal-bundle.sh PUBLIC-KEY.pem < BUNDLE > SEALED}

folder=
for base in /dev/shm /run /tmp; do
  if [ -d "$base" ] && [ -w "$base" ] && mkdir "$base/sma-seal.$$" 2>/dev/null; then
    folder="$base/sma-seal.$$"
    break
  fi
done
[ -n "$folder" ] || { echo "seal-bundle.sh: no folder to work in" >&2; exit 1; }
trap 'rm -rf "$folder"' 0
trap 'exit 130' 1 2 15

hex() { od -An -v -tx1 | tr -d ' \n'; }

openssl rand 80 >"$folder/secret"
key=$(head -c 32 "$folder/secret" | hex)
mac_key=$(tail -c 48 "$folder/secret" | head -c 32 | hex)
iv=$(tail -c 16 "$folder/secret" | hex)
openssl pkeyutl -encrypt -pubin -inkey "$public" -in "$folder/secret" -out "$folder/wrapped" \
  -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
openssl enc -aes-256-cbc -K "$key" -iv "$iv" -out "$folder/data"
mac=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$mac_key" "$folder/data" | sed 's/.*= *//')

printf 'sma-sealed-bundle 1 cbc\n'
printf 'wrapped %s\n' "$(openssl base64 -A -in "$folder/wrapped")"
printf 'mac %s\n' "$mac"
printf 'data '
openssl base64 -A -in "$folder/data"
printf '\n'
