"""How a case is computed: where, in which arithmetic, in which layout, compiled or not."""

import dataclasses

import torch

MOST_COMPILED = 64


@dataclasses.dataclass(frozen=True)
class Settings:
    device: str
    tf32: bool = False
    channelsLast: bool = False
    compile: bool = False

    def apply(self):
        """For the whole process. PyTorch allows TF32 in convolutions by default, and in products of matrices not."""
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32
        # As onnxruntime's provider does, which searches for the fastest algorithm of each convolution.
        torch.backends.cudnn.benchmark = self.device != "cpu"
        if self.device != "cpu":
            torch.cuda.empty_cache()
        if self.compile:
            # Each layer is a function of its own of the same code; the default stops at 8 of them.
            torch._dynamo.reset()
            limit = "recompile_limit" if hasattr(torch._dynamo.config, "recompile_limit") else "cache_size_limit"
            setattr(torch._dynamo.config, limit, MOST_COMPILED)

    def compiled(self, function):
        return torch.compile(function, dynamic=False) if self.compile else function

    def to(self, tensor):
        """Maps are laid out as wanted, and everything lies on the device."""
        moved = tensor.to(self.device)
        is_map = self.channelsLast and moved.ndim == 4
        return moved.contiguous(memory_format=torch.channels_last) if is_map else moved

    def all_to(self, tensors):
        return {name: self.to(tensor) for name, tensor in tensors.items()}

    def wait(self):
        """A GPU is told what to do long before it is done."""
        if self.device != "cpu":
            torch.cuda.synchronize()

    def versions(self):
        if self.device == "cpu":
            return {"torch": torch.__version__}
        return {
            "torch": torch.__version__,
            "torch's CUDA": str(torch.version.cuda),
            "torch's cuDNN": str(torch.backends.cudnn.version()),
        }
