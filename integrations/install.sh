#!/usr/bin/env bash
# Puts the release that checksums.txt pins on the PATH of a GitHub job. What was
# downloaded is not as much as unpacked before its checksum is right.
#
# COLDCUT_VERSION and COLDCUT_SHA256 ask for another release. COLDCUT_RELEASES is where
# the releases are, without the version.
set -euo pipefail

fail() {
	echo "::error::coldcut: $*" >&2
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
releases=${COLDCUT_RELEASES:-https://github.com/coldcut/coldcut/releases/download}

case $RUNNER_OS in
Linux) os=linux ending=tar.gz ;;
macOS) os=darwin ending=tar.gz ;;
Windows) os=windows ending=zip ;;
*) fail "there is no release for $RUNNER_OS" ;;
esac
case $RUNNER_ARCH in
X64) arch=amd64 ;;
ARM64) arch=arm64 ;;
*) fail "there is no release for $RUNNER_ARCH" ;;
esac

pins=$here/checksums.txt
version=${COLDCUT_VERSION#v}
if [ -z "$version" ]; then
	version=$(sed -n 's/^[0-9a-f]*  coldcut_\([^_]*\)_linux_amd64\.tar\.gz$/\1/p' "$pins")
	[ -n "$version" ] || fail "this commit of the action pins no release: use a released tag of it, or name version and sha256"
fi
archive=coldcut_${version}_${os}_$arch.$ending
want=${COLDCUT_SHA256:-$(awk -v name="$archive" '$2 == name { print $1 }' "$pins")}
[[ $want =~ ^[0-9a-f]{64}$ ]] || fail "no checksum is known of $archive: name it as sha256"

work=$RUNNER_TEMP/coldcut-$version
mkdir -p "$work"
curl --fail --silent --show-error --location --retry 3 --output "$work/$archive" "$releases/v$version/$archive" ||
	fail "$releases/v$version/$archive cannot be had"
if command -v sha256sum >/dev/null; then
	got=$(sha256sum <"$work/$archive")
else
	got=$(shasum -a 256 <"$work/$archive")
fi
got=${got%% *}
[ "$got" = "$want" ] || fail "$archive has the checksum $got, not $want"

mkdir -p "$work/bin"
if [ "$ending" = zip ]; then
	unzip -q -o "$work/$archive" -d "$work/bin"
else
	tar -xzf "$work/$archive" -C "$work/bin"
fi
# The program lies at the top of the archive or in the folder of the release.
program=
for file in "$work"/bin/coldcut{,.exe} "$work/bin/coldcut_$version"*/coldcut{,.exe}; do
	if [ -f "$file" ] && [ -z "$program" ]; then program=$file; fi
done
[ -n "$program" ] || fail "$archive holds no coldcut"
"$program" --version
dirname "$program" >>"$GITHUB_PATH"
echo "version=$version" >>"$GITHUB_OUTPUT"
