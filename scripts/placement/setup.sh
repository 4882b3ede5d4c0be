#!/usr/bin/env bash
# Sets the rig up in an empty folder (about 800 MB, of which 300 MB are downloaded): setup.sh FOLDER
#
# onnxruntime-node 1.29.0 and the CUDA provider of the same version, both from the npm registry, on stub libraries
# in place of CUDA's. Needs gcc, nm, strings and python3; runs on Linux x64 without a GPU.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: setup.sh FOLDER}
mkdir -p "$folder" && cd "$folder"
[ -f package.json ] || echo '{"private":true,"type":"module"}' > package.json
npm install --ignore-scripts --no-audit --no-fund onnxruntime-node@1.29.0 >/dev/null
libraries=node_modules/onnxruntime-node/bin/napi-v6/linux/x64
if [ ! -f $libraries/libonnxruntime_providers_cuda.so ]; then
  npm pack com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9 >/dev/null 2>&1
  tar xzf com.github.asus4.onnxruntime.linux-x64-gpu-*.tgz package/Plugins/Linux/x64
  cp package/Plugins/Linux/x64/libonnxruntime_providers_{cuda,shared}.so $libraries/
  rm -rf package com.github.asus4.*.tgz
fi
mkdir -p stubs && (cd stubs && python3 "$here/stubs.py" "../$libraries/libonnxruntime_providers_cuda.so" >/dev/null)
cp "$here/place.mjs" .
echo "ready: npx tsx scripts/placement/placement.ts $folder, and HEBB_CUDA_RIG=$folder npx vitest run test/cli/cuda.test.ts"
