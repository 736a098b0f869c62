#!/usr/bin/env bash
# Writes src/model/generated/onnx_pb.ts from the public onnx-ml.proto inside the PyPI package `onnx`.
# Needs python3 with pip, npm and a network; run it only to take a newer format. The generated file is committed.
set -euo pipefail
onnx_version=1.23.2
plugin_version=2.17.0 # that of @bufbuild/protobuf in package.json
buf_version=1.75.0
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip download -q --no-deps -d . "onnx==$onnx_version"
mkdir proto
python3 -c 'import sys, zipfile; open("proto/onnx.proto", "wb").write(zipfile.ZipFile(sys.argv[1]).read("onnx/onnx-ml.proto"))' onnx-*.whl
npm init -y >/dev/null
npm install --silent --no-audit --no-fund "@bufbuild/buf@$buf_version" "@bufbuild/protoc-gen-es@$plugin_version"
cat >buf.gen.yaml <<'YAML'
version: v2
plugins:
  - local: [node, node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es]
    out: out
    opt: [target=ts, import_extension=ts, erasable_syntax=true]
YAML
node_modules/.bin/buf generate proto
mkdir -p "$root/src/model/generated"
cp out/onnx_pb.ts "$root/src/model/generated/onnx_pb.ts"
