#!/usr/bin/env bash
# build.sh FOLDER: installs the libraries below that folder; FOLDER/node_modules then goes into NODE_PATH. Puts the API's
# types beside it, for connect.js.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
cp "$here/package.json" "$1/"
cd -- "$1"
npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error
protoc -I "$here/../../../proto/src/main/protobuf" -I "$here/.." --include_imports --descriptor_set_out=api.binpb \
  entente/v1/transaction_service.proto status.proto
