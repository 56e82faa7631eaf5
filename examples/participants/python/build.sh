#!/usr/bin/env bash
# build.sh FOLDER: generates the Python code of the protos into that folder. Add FOLDER to PYTHONPATH afterwards.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
protos=$here/../../../proto/src/main/protobuf
mkdir -p "$1"
protoc -I "$here/.." -I "$protos" --python_out="$1" "$here/../wallet.proto" "$here/../status.proto" \
  "$protos"/entente/v1/{plan,transaction,transaction_service}.proto
