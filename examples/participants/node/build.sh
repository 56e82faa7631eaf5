#!/usr/bin/env bash
# build.sh FOLDER: installs the libraries in that folder. Add FOLDER/node_modules to NODE_PATH afterwards. Also writes
# the API's types, FOLDER/api.binpb, for connect.js.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
cp "$here/package.json" "$1/"
cd -- "$1"
npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error
protoc -I "$here/../../../proto/src/main/protobuf" -I "$here/.." --include_imports --descriptor_set_out=api.binpb \
  entente/v1/transaction_service.proto status.proto
