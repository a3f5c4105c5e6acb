#!/bin/bash
# The engine broken by hand in each of the sixteen ways of issue 11, and what shows it.
#   run.sh [COMMIT] [ITEM...]      COMMIT: main unless given; ITEM: 1 to 16, all unless given
# For each item: NN.patch is applied to a scratch worktree, up to 6,000 simulated worlds are run until the first violation,
# and where there is none (or NN.test begins with "-"), the tests that NN.test names are run, which must fail.
# `make.py TREE` makes the patches anew where the code has moved.
here=$(cd "$(dirname "$0")" && pwd); repo=/work/main; commit=${1:-main}; shift
items=${*:-1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16}
worlds=${WORLDS:-6000}; tree=$here/run-tree
export CARGO_TARGET_DIR=${BROKEN_TARGET:-$here/target} CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=32 \
  CARGO_PROFILE_BENCH_OPT_LEVEL=1 CARGO_PROFILE_BENCH_INCREMENTAL=true CARGO_PROFILE_BENCH_STRIP=false \
  CARGO_PROFILE_DEV_OPT_LEVEL=0
[ -d "$tree" ] || git -C $repo worktree add --detach "$tree" "$commit" >/dev/null 2>&1
cd "$tree" && git checkout -qf --detach "$commit" && git clean -fdq || exit 1
simulate() { # prints the first violation
  cargo bench --locked --bench simulation --no-run >"$here/build.log" 2>&1 || { echo "does not build: see $here/build.log"; return; }
  bin=$(grep -o '[^ (]*simulation-[0-9a-f]*' "$here/build.log" | tail -1)
  "$bin" --worlds "$worlds" --from "${FROM:-1}" 2>/dev/null | grep -m1 VIOLATION | cut -c1-300
}
for item in $items; do
  nn=$(printf %02d "$item"); git checkout -qf -- . ; git clean -fdq
  if [ ! -f "$here/$nn.patch" ]; then echo "item $item: no patch"; continue; fi
  if ! git apply --3way "$here/$nn.patch" >"$here/apply.log" 2>&1; then echo "item $item: the patch does not apply"; git checkout -qf "$commit" -- .; git reset -q --hard; continue; fi
  git reset -q
  filters=$(cat "$here/$nn.test" 2>/dev/null); found=""
  case $filters in -*) filters=${filters#-};; *) found=$(simulate);; esac
  if [ -n "$found" ]; then echo "item $item: $found"; continue; fi
  if [ -z "$filters" ]; then echo "item $item: nothing in $worlds worlds, and no test named"; continue; fi
  # shellcheck disable=SC2086
  cargo test --locked --test it -- $filters >"$here/test.log" 2>&1
  failed=$(grep -E '^test .* FAILED' "$here/test.log" | sed 's/^test \(.*\) \.\.\. FAILED/\1/' | paste -sd' ')
  echo "item $item: ${failed:+not seen by $worlds worlds; fails: $failed}${failed:-NOT SEEN (tests: $filters)}" | sed 's/\(fails: .*\)\1/\1/'
done
git checkout -qf -- .
