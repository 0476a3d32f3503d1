# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How wolfSSL and libcoap are unpacked, configured and installed. Sourced by `setup`, which sets
# `prefix` and `sources` and says when to build. A change of this file builds both again.

machine=$(uname -m)

# build_time NAME: what to expect. Measured on two x86-64 cores; guessed for a Raspberry Pi 4.
build_time()
{
	case $1:$machine in
	wolfssl:x86_64) echo "about 40 s" ;;
	libcoap:x86_64) echo "about 20 s" ;;
	wolfssl:*) echo "about 4 min" ;;
	libcoap:*) echo "about 2 min" ;;
	esac
}

# Half a gigabyte of memory a job: the smallest Raspberry Pi has no more.
job_count()
{
	awk -v cores="$(nproc)" '/^MemTotal/ {
		jobs = int($2 / 500000)
		print jobs < 1 ? 1 : jobs < cores ? jobs : cores
	}' /proc/meminfo
}

# Both are linked into position independent executables. Fortification goes past configure, because
# wolfSSL writes every -D of CFLAGS into the header that its users include.
compiler_flags()
{
	local flags="-O2 -g0 -fstack-protector-strong -fstack-clash-protection"
	flags+=" -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections"
	case $machine in
	x86_64) flags+=" -fcf-protection" ;;
	aarch64) flags+=" -mbranch-protection=standard" ;;
	esac
	echo "$flags"
}

# --- wolfSSL: the distribution's source package, with its security patches ----------------------

unpack_wolfssl()
{
	dpkg-source -x "$sources/$(recorded_files wolfssl '\\.dsc$')" "$1"
}

build_wolfssl()
{
	# shellcheck disable=SC2054 # the comma belongs to configure
	local -a options=(
		# DTLS 1.2 and nothing older or newer; raw public keys, PSK.
		--enable-dtls --enable-dtls-mtu --disable-tls13 --disable-oldtls
		--enable-rpk --enable-psk --enable-sni --enable-harden
		# P-256 comes by itself. RSA and finite-field groups are spoken by no node of ours.
		--enable-ed25519 --enable-curve25519 --disable-rsa --disable-dh
		--enable-aesccm --enable-chacha --enable-hkdf --enable-hpke
		# Keys and certificate requests are made on the device.
		--enable-keygen --enable-certgen --enable-certext --enable-certreq
		# libcoap's back end is written against the OpenSSL names.
		--enable-opensslall --enable-context-extra-user-data
		--disable-sys-ca-certs --disable-ocsp --disable-alpn
		--enable-sp=yes,asm --enable-sp-asm
		--enable-static --disable-shared --with-pic
		--disable-examples --disable-crypttests --prefix="$prefix"
	)
	# Not armasm on ARM: in this version it runs AES and SHA instructions without asking whether
	# the processor has them. A Raspberry Pi 3 or 4 has not.
	[ "$machine" = x86_64 ] && options+=(--enable-intelasm)

	local defines="-DWOLFSSL_STATIC_PSK -DWOLFSSL_PUB_PEM_TO_DER"
	defines+=" -DWOLFSSL_AEAD_ONLY"     # no CBC suite exists
	defines+=" -DNO_SESSION_CACHE"      # libcoap never resumes a session

	./autogen.sh
	./configure "${options[@]}" CFLAGS="$(compiler_flags) $defines"
	make -j"$(job_count)"
	make install
	rm -f "$prefix/lib/libwolfssl.la"
}

# --- libcoap: the original source, in the version that has a wolfSSL back end -------------------

unpack_libcoap()
{
	mkdir -p "$1"
	tar -xf "$sources/$(recorded_files libcoap)" -C "$1" --strip-components=1
}

build_libcoap()
{
	local -a options=(
		--enable-dtls --with-wolfssl --with-epoll
		--enable-server-mode --enable-client-mode
		--disable-oscore --disable-tcp --disable-websockets --disable-q-block
		--disable-proxy-code --disable-async --disable-observe-persist
		--disable-af-unix-support
		# All CoAP runs on one thread.
		--disable-thread-safe
		--disable-documentation --disable-doxygen --disable-manpages
		--disable-tests --disable-examples --disable-examples-source
		--enable-static --disable-shared --with-pic --prefix="$prefix"
	)

	./autogen.sh
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig \
		./configure "${options[@]}" CFLAGS="$(compiler_flags)"
	make -j"$(job_count)"
	make install
	rm -f "$prefix/lib"/libcoap-3*.la
	state_requirement
}

# libcoap names its library's flags, not its package: so static linking finds wolfSSL in order.
# Under its plain name, too, the library is found.
state_requirement()
{
	local folder=$prefix/lib/pkgconfig
	sed -i 's/^Libs\.private:.*/Requires.private: wolfssl/' "$folder/libcoap-3-wolfssl.pc"
	ln -sf libcoap-3-wolfssl.pc "$folder/libcoap-3.pc"
}
