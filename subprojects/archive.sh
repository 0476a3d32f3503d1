# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fetches from suites that the machine has not configured, through a private configuration of apt
# under the build folder: the machine's own mirrors, the machine's own keyring, another suite. The
# system's configuration is read, never written, and no archive is named here. Sourced by `setup`.

# The suites, by code name, so that a release of the distribution does not change what is built.
stable_suites="trixie trixie-updates trixie-security"
newest_suites="forky sid"

this_suite()
{
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "$VERSION_CODENAME")
}

# configured_suites: `SUITE|ORIGIN|COMPONENT|ADDRESS` of the machine's sources. apt itself reads
# them: one-line and deb822, without what is disabled. It needs the lists; a machine whose lists
# were deleted gets a copy of them here.
configured_suites()
{
	# shellcheck disable=SC2016 # apt expands these
	local format='$(RELEASE)|$(ORIGIN)|$(COMPONENT)|$(SITE)' lists=$apt_dir/machine found
	found=$(apt-get indextargets --format "$format" 'Created-By: Packages')
	if [ -z "$found" ]; then
		mkdir -p "$lists/partial"
		apt-get -o Dir::State::lists="$lists" update >&2 || return 1
		found=$(apt-get -o Dir::State::lists="$lists" indextargets --format "$format" \
			'Created-By: Packages')
	fi
	echo "$found"
}

# mirrors SUITE: addresses from which the machine takes SUITE, those known as Debian's first.
mirrors()
{
	configured_suites | awk -F'|' -v suite="$1" '
		$1 == suite && $3 == "main" && $4 !~ /^cdrom:/ {
			print ($2 == "Debian" ? 0 : 1), $4
		}' | sort -u | cut -d' ' -f2-
}

# mirrors_of SUITE: where another suite of the same distribution is to be found.
mirrors_of()
{
	case $1 in
	*-security) mirrors "$(this_suite)-security" ;;
	*) mirrors "$(this_suite)" ;;
	esac
}

debian_keyring()
{
	local file
	for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		[ -f "$file" ] && echo "$file" && return
	done
	echo "The keyring of the Debian archive is missing: install debian-archive-keyring" >&2
	return 1
}

# private_apt NAME COMMAND...: an apt command that sees only the sources of NAME. Options on the
# command line win over the machine's configuration, of which proxies and the like stay in force.
private_apt()
{
	local folder=$apt_dir/$1 command=$2
	shift 2
	"$command" \
		-o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$folder/sources" \
		-o Dir::State::lists="$folder/lists" \
		-o Dir::Cache="$folder/cache" \
		-o Acquire::Languages=none \
		"$@"
}

# write_source NAME TYPE SUITE MIRROR
write_source()
{
	local keyring targets=Packages
	keyring=$(debian_keyring) || return 1
	[ "$2" = deb-src ] && targets=Sources
	cat >"$apt_dir/$1/sources/$3.sources" <<-END
		Types: $2
		URIs: $4
		Suites: $3
		Components: main
		Targets: $targets
		Signed-By: $keyring
	END
}

# open_suite TYPE SUITE: prepares private lists named after SUITE. A mirror that does not carry it,
# or not under Debian's signature (other archives use the same code names), gives way to the next.
open_suite()
{
	local mirror folder=$apt_dir/$2
	[ -f "$folder/ready" ] && return
	mkdir -p "$folder"/{sources,lists/partial,cache/archives/partial}
	while read -r mirror; do
		write_source "$2" "$1" "$2" "$mirror" || return 1
		if private_apt "$2" apt-get -o APT::Update::Error-Mode=any update >&2; then
			touch "$folder/ready"
			return
		fi
	done < <(mirrors_of "$2")
	rm -rf "$folder"
	echo "No source of this machine carries the suite $2" >&2
	return 1
}

# close_suites: the next fetch reads the lists anew.
close_suites()
{
	rm -rf "$apt_dir"
}

# --- a newer binary package -------------------------------------------------------------------

# fetch_backport NAME MINIMUM: downloads it with the libraries of its own source; prints the files.
fetch_backport()
{
	local suite name version library
	suite=$(this_suite)-backports
	open_suite deb "$suite"
	version=$(private_apt "$suite" apt-cache show --no-all-versions "$1" |
		sed -n 's/^Version: //p')
	if dpkg --compare-versions "${version:-0}" lt "$2"; then
		echo "$suite has $1 ${version:-not at all}, needed is $2" >&2
		return 1
	fi
	for library in $(same_source_libraries "$suite" "$1" "$version") "$1"; do
		(cd "$apt_dir/$suite/cache" &&
			private_apt "$suite" apt-get download "$library=$version" >&2)
		for name in "$apt_dir/$suite/cache/${library}_"*.deb; do
			echo "$name"
		done
	done
}

# Prints what the package needs in exactly its own version: the rest of its source package.
same_source_libraries()
{
	private_apt "$1" apt-cache show "$2=$3" | sed -n 's/^Depends: //p' | tr ',' '\n' |
		awk -v version="(= $3)" 'index($0, version) { print $1 }'
}

# --- a source package -------------------------------------------------------------------------

# The name of the source package, the suites to look in, and how much of it is needed.
fetch_source()
{
	case $1 in
	wolfssl) fetch_newest_source wolfssl ;;
	libcoap) fetch_original_source ;;
	esac
	close_suites
}

# The newest revision of the stable suite, its security suite included.
fetch_newest_source()
{
	local suite version='' newest='' newest_suite=''
	for suite in $stable_suites; do
		if ! open_suite deb-src "$suite"; then
			warn "the suite $suite is out of reach: a security revision may be missed"
			continue
		fi
		version=$(source_versions "$suite" "$1" | tail -n 1)
		if [ -n "$version" ] && dpkg --compare-versions "$version" gt "${newest:-0}"; then
			newest=$version newest_suite=$suite
		fi
	done
	[ -n "$newest" ] || { echo "no source of $1 in: $stable_suites" >&2; return 1; }
	(cd "$sources" && private_apt "$newest_suite" \
		apt-get source --download-only "$1=$newest" >&2)
	source_files "$newest_suite" "$1" "$newest" | sed "s/^/$1 /"
}

# libcoap's original archive, of the locked version as long as one of the suites has it.
fetch_original_source()
{
	local suite version wanted newest_suite=''
	wanted=$(locked_files libcoap | awk '{ print $2; exit }')
	for suite in $newest_suites; do
		open_suite deb-src "$suite" || continue
		newest_suite=$suite
		source_versions "$suite" libcoap3 | grep -qxF "$wanted" && break
	done
	[ -n "$newest_suite" ] || { echo "no source of libcoap in: $newest_suites" >&2; return 1; }
	version=$(source_versions "$newest_suite" libcoap3 | grep -xF "$wanted" ||
		source_versions "$newest_suite" libcoap3 | tail -n 1)
	# Only the original archive: the distribution's part of a fast-moving suite may be gone.
	(cd "$sources" && private_apt "$newest_suite" \
		apt-get source --download-only --tar-only "libcoap3=$version" >&2)
	source_files "$newest_suite" libcoap3 "$version" | grep 'orig\.tar\.[a-z0-9]* ' |
		sed 's/^/libcoap /'
}

# source_versions SUITE NAME: oldest first.
source_versions()
{
	private_apt "$1" apt-cache showsrc --only-source "$2" | sed -n 's/^Version: //p' | sort -uV
}

# source_files SUITE NAME VERSION: `VERSION FILE SHA256` for each file, from the signed index.
source_files()
{
	private_apt "$1" apt-cache showsrc --only-source "$2" | awk -v version="$3" '
		/^$/ { here = 0 }
		/^Version: / { here = ($2 == version) }
		/^[^ ]/ { sums = 0 }
		/^Checksums-Sha256:/ { sums = here }
		/^ / && sums { print version, $3, $1 }'
}
