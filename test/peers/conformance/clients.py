"""The four clients of tritonclient behind one face: every call waits for its answer."""

import asyncio

import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio

KINDS = ("http", "http.aio", "grpc", "grpc.aio")


class Client:
    """A client of one kind at one address. `tc` has its InferInput and InferRequestedOutput."""

    def __init__(self, kind, address, token=None, **options):
        self.kind = kind
        self.address = address
        self.over = kind.split(".")[0]
        self.tc = tritonclient.http if self.over == "http" else tritonclient.grpc
        self.headers = {"authorization": f"Bearer {token}"} if token else None
        self.loop = asyncio.new_event_loop() if kind.endswith(".aio") else None
        module = getattr(self.tc, "aio") if self.loop else self.tc
        self.raw = self.wait(self._make(module, address, options)) if self.loop else module.InferenceServerClient(address, **options)

    async def _make(self, module, address, options):
        # Both asynchronous clients want a running loop.
        return module.InferenceServerClient(address, **options)

    def wait(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def call(self, method, *args, **options):
        """Calls a method, and waits where the client is asynchronous."""
        options.setdefault("headers", self.headers)
        got = getattr(self.raw, method)(*args, **options)
        return self.wait(got) if self.loop else got

    def json(self, method, *args, **options):
        """Calls a method that answers with a document, as a dict whatever the protocol."""
        if self.over == "grpc":
            options["as_json"] = True
        return self.call(method, *args, **options)

    def infer(self, model, inputs, **options):
        return self.call("infer", model, inputs, **options)

    def input(self, name, array, datatype, shape=None, binary=True):
        """An input that holds an array; `shape` is what the request says where that is to differ."""
        tensor = self.tc.InferInput(name, list(array.shape), datatype)
        if self.over == "http":
            tensor.set_data_from_numpy(array, binary_data=binary)
        else:
            tensor.set_data_from_numpy(array)
        if shape is not None:
            tensor.set_shape(shape)
        return tensor

    def output(self, name, binary=True, classes=0):
        if self.over == "http":
            return self.tc.InferRequestedOutput(name, binary_data=binary, class_count=classes)
        return self.tc.InferRequestedOutput(name, class_count=classes)

    def answer(self, result):
        """The answer's envelope as a dict, without the contents of tensors."""
        return result.get_response() if self.over == "http" else result.get_response(as_json=True)

    def close(self):
        got = self.raw.close()
        if self.loop:
            self.wait(got)
            self.loop.close()
