#!/usr/bin/env bash
# Writes src/serve/generated/*_pb.ts: the messages and services of Triton's gRPC protocol (which contains the Open Inference
# Protocol), of gRPC health checking and of gRPC server reflection. Their definitions are the file descriptors inside the
# PyPI packages `tritonclient`, `grpcio-health-checking` and `grpcio-reflection`.
# Needs python3 with pip, npm and a network; run it only to take newer definitions. The generated files are committed.
set -euo pipefail
triton_version=2.73.0
grpcio_version=1.85.1
protobuf_version=7.36.2 # only reads the descriptors
plugin_version=2.17.0   # that of @bufbuild/protobuf in package.json
buf_version=1.75.0
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip download -q --no-deps -d wheels "tritonclient==$triton_version" \
  "grpcio-health-checking==$grpcio_version" "grpcio-reflection==$grpcio_version"
python3 -m pip install -q --target runtime "protobuf==$protobuf_version"
# The descriptors are bytes literals in the generated Python; they are read without running it.
PYTHONPATH=runtime python3 - wheels/*.whl >image.binpb <<'PYTHON'
import ast, sys, zipfile
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

wanted = [
    "tritonclient/grpc/model_config_pb2.py",
    "tritonclient/grpc/service_pb2.py",
    "grpc_health/v1/health_pb2.py",
    "grpc_reflection/v1alpha/reflection_pb2.py",
]
sources = {}
for wheel in sys.argv[1:]:
    with zipfile.ZipFile(wheel) as archive:
        for name in set(wanted) & set(archive.namelist()):
            sources[name] = archive.read(name)


def name_for_json(message):  # compiled descriptors lack what the compiler derives
    for field in message.field:
        head, *rest = field.name.split("_")
        field.json_name = head + "".join(word[:1].upper() + word[1:] for word in rest)
    for nested in message.nested_type:
        name_for_json(nested)


image = FileDescriptorSet()
for name in wanted:
    blobs = [
        node.args[0].value
        for node in ast.walk(ast.parse(sources[name]))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "AddSerializedFile"
    ]
    image.file.append(FileDescriptorProto.FromString(blobs[0]))
    for message in image.file[-1].message_type:
        name_for_json(message)
# grpc.reflection.v1 is v1alpha, message for message and field for field, under its final name.
alpha = image.file[-1]
v1 = FileDescriptorProto()
v1.CopyFrom(alpha)
v1.name = "grpc/reflection/v1/reflection.proto"
v1.package = "grpc.reflection.v1"
v1.options.Clear()
rename = lambda text: text.replace(".grpc.reflection.v1alpha.", ".grpc.reflection.v1.")
for message in v1.message_type:
    for field in message.field:
        if field.type_name:
            field.type_name = rename(field.type_name)
for service in v1.service:
    for method in service.method:
        method.input_type = rename(method.input_type)
        method.output_type = rename(method.output_type)
image.file.append(v1)
sys.stdout.buffer.write(image.SerializeToString())
PYTHON
npm init -y >/dev/null
npm install --silent --no-audit --no-fund "@bufbuild/buf@$buf_version" "@bufbuild/protoc-gen-es@$plugin_version"
cat >buf.gen.yaml <<'YAML'
version: v2
plugins:
  - local: [node, node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es]
    out: out
    opt: [target=ts, import_extension=ts, erasable_syntax=true]
YAML
node_modules/.bin/buf generate image.binpb
mkdir -p "$root/src/serve/generated"
cp out/grpc_service_pb.ts out/model_config_pb.ts "$root/src/serve/generated/"
cp "$(find out -name health_pb.ts)" "$root/src/serve/generated/"
cp out/grpc/reflection/v1/reflection_pb.ts "$root/src/serve/generated/reflection_v1_pb.ts"
cp "$(find out -path '*v1alpha*' -name reflection_pb.ts)" "$root/src/serve/generated/reflection_v1alpha_pb.ts"
