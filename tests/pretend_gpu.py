"""A GPU that is none: tensors that say they are on "cuda" and compute on the CPU.

What a GPU would refuse is refused here: tensors of two devices in one operation, a generator of
another device, NumPy's look at a GPU's memory. So all of the code for GPUs can be run to its end on
a machine without one, which FakeTensorMode cannot do wherever the code looks at a number. Speed and
the rounding of a GPU's kernels are not pretended.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_map_only

GPU = torch.device("cuda", 0)
# What may take a tensor from one device to the other.
_CROSSING = ("aten._to_copy", "aten.copy_", "aten.to.", "aten._has_compatible_shallow_copy_type")


class MixedDevicesError(RuntimeError):
    """Tensors of the CPU and of the GPU met in one operation."""


class GpuTensor(Tensor):
    """A tensor that says that it is on the GPU; ``inner`` is what is computed with."""

    inner: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, inner: Tensor) -> GpuTensor:
        # Below Python it is on "meta", for which the backward pass needs no threads of a device.
        with torch.inference_mode(False):
            made: GpuTensor = torch.Tensor._make_wrapper_subclass(
                cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(),
                dtype=inner.dtype, layout=inner.layout, device="meta", requires_grad=False,
            )  # fmt: skip
        made.inner = inner
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return GPU

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return True

    @property
    def is_meta(self) -> bool:  # type: ignore[override]
        return False

    def __repr__(self, *_: Any, **__: Any) -> str:
        return f"GpuTensor({self.inner!r})"

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first")

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.numpy()

    def tolist(self) -> Any:
        return self.detach().inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


class PretendGpu(TorchDispatchMode):
    """Makes what is asked for on "cuda" there."""

    def __enter__(self) -> Any:
        # Else torch.tensor moves what it has made to a device where no mode sees it.
        self.lifting = torch._C._only_lift_cpu_tensors()
        torch._C._set_only_lift_cpu_tensors(True)
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        torch._C._set_only_lift_cpu_tensors(self.lifting)
        super().__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Do an operation on the CPU; what comes of it is where a GPU would have it."""
    tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, Tensor)]
    name = str(func)
    ours = [x for x in tensors if isinstance(x, GpuTensor)]
    wanted = kwargs.get("device")
    if wanted is not None:
        kwargs = {**kwargs, "device": "cpu"}
    if ours and not name.startswith(_CROSSING):
        _refuse_strangers(name, tensors)
    target = _target(name, args, wanted, ours)
    if kwargs.get("pin_memory"):
        kwargs = {**kwargs, "pin_memory": False}
    generator = kwargs.get("generator")
    if target is not None and isinstance(generator, torch.Generator):
        raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
    inner_args, inner_kwargs = tree_map_only(GpuTensor, lambda x: x.inner, (args, kwargs))
    result = func(*inner_args, **inner_kwargs)
    return _given_back(func, args, inner_args, result, gpu=target is not None)


def _refuse_strangers(name: str, tensors: list[Tensor]) -> None:
    """Raise where a CPU tensor of more than one number meets one of the GPU."""
    for tensor in tensors:
        indexed = name.startswith(("aten.index", "aten._index_put", "aten._unsafe_index"))
        bare = tensor.ndim == 0 or (indexed and tensor.dtype in (torch.int64, torch.bool))
        if not isinstance(tensor, GpuTensor) and not bare:
            raise MixedDevicesError(
                f"{name}: tensors on cuda:0 and cpu ({tuple(tensor.shape)} on the cpu)"
            )


def _target(name: str, args: Any, wanted: Any, ours: list[GpuTensor]) -> torch.device | None:
    """Return the GPU where the result belongs there."""
    if wanted is not None:
        return GPU if torch.device(wanted).type in ("cuda", "meta") else None
    if name.startswith("aten.copy_"):
        return GPU if isinstance(args[0], GpuTensor) else None
    return GPU if ours else None


def _given_back(func: Any, args: Any, inner: Any, result: Any, *, gpu: bool) -> Any:
    """Wrap a result; what was changed in place is given back as it came."""
    if not gpu:
        return result
    known = {
        id(i): a
        for a, i in zip(tree_flatten(args)[0], tree_flatten(inner)[0], strict=True)
        if isinstance(a, GpuTensor)
    }

    def wrap(x: Any) -> Any:
        if not isinstance(x, Tensor) or isinstance(x, GpuTensor):
            return x
        return known[id(x)] if id(x) in known else GpuTensor(x)

    return tree_map(wrap, result)


@contextmanager
def pretended() -> Iterator[None]:
    """Have a GPU for a while, in this thread and in those of pools; a real one where there is."""
    if torch.cuda.is_available():
        yield
        return
    torch._C._ensureCUDADeviceGuardSet()
    with ExitStack() as stack:
        for owner, name, value in _REPLACED:
            stack.enter_context(patch.object(owner, name, value))
        overwrite = torch.__future__.get_overwrite_module_params_on_conversion()
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, overwrite)
        stack.enter_context(PretendGpu())
        yield


def _submit(self: ThreadPoolExecutor, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Do something in a pool's thread, where the GPU has to be pretended anew."""

    def inside() -> Any:
        with PretendGpu():
            return function(*args, **kwargs)

    return _really_submit(self, inside)


_really_submit = ThreadPoolExecutor.submit
_FREE = 2**33
_REPLACED: tuple[tuple[Any, str, Any], ...] = (
    (torch.cuda, "_lazy_init", lambda: None),
    (torch.cuda, "is_available", lambda: True),
    (torch.cuda, "is_bf16_supported", lambda **_: True),
    (torch.cuda, "mem_get_info", lambda *_: (_FREE, _FREE)),
    (torch.cuda, "is_current_stream_capturing", lambda: False),
    (torch.cuda, "get_device_name", lambda *_: "pretended GPU"),
    (ThreadPoolExecutor, "submit", _submit),
)
