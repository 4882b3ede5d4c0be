"""Where a case is computed, and in which arithmetic."""

import dataclasses

import torch


@dataclasses.dataclass(frozen=True)
class Settings:
    device: str
    tf32: bool = False

    def apply(self):
        """For the whole process. PyTorch allows TF32 in convolutions by default, and in products of matrices not."""
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32
        # As onnxruntime's provider does, which searches for the fastest algorithm of each convolution.
        torch.backends.cudnn.benchmark = self.device != "cpu"
        if self.device != "cpu":
            torch.cuda.empty_cache()

    def to(self, tensor):
        return tensor.to(self.device)

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
