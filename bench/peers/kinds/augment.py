"""Two augmented, normalised views of images by torchvision, in the usual way: PIL images, worker processes."""

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from tensors import read_tensors


def import_transforms():
    try:
        from torchvision import transforms
    except RuntimeError:
        # The package index's torchvision is built for CUDA. With a CPU build of torch its compiled operators are
        # missing; the transforms need none of them, but two must be known by name.
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision import transforms
    return transforms


def pipeline(case, size):
    t = import_transforms()
    jitter, blur = case["jitter"], case["blur"]
    colours = t.ColorJitter(jitter["brightness"], jitter["contrast"], jitter["saturation"], jitter["hue"])
    return t.Compose(
        [
            t.RandomResizedCrop(size, scale=case["scale"]),
            t.RandomHorizontalFlip(),
            t.RandomApply([colours], p=jitter["chance"]),
            t.RandomGrayscale(p=case["grey"]),
            t.RandomApply([t.GaussianBlur(blur["kernel"], sigma=blur["sigma"])], p=blur["chance"]),
            t.ToTensor(),
            t.Normalize(case["mean"], case["std"]),
        ]
    )


class TwoViews(Dataset):
    def __init__(self, images, transform):
        self.images = images.permute(0, 2, 3, 1).contiguous().numpy()
        self.transform = transform

    def __getitem__(self, index):
        image = Image.fromarray(self.images[index % len(self.images)])
        return self.transform(image), self.transform(image)


class Batches:
    """Indices of the images of as many batches as are wanted next."""

    def __init__(self, size):
        self.size = size
        self.count = 0

    def __iter__(self):
        for batch in range(self.count):
            yield range(batch * self.size, (batch + 1) * self.size)

    def __len__(self):
        return self.count


def open_case(case, folder, _settings):
    images = read_tensors(folder / "images.safetensors")["images"]
    dataset = TwoViews(images, pipeline(case, images.shape[-1]))
    batches = Batches(case["batch"])
    loader = DataLoader(dataset, batch_sampler=batches, num_workers=case["workers"], persistent_workers=True)

    def run(count):
        """Workers make these batches and no more, so that none is made outside the time that is measured."""
        batches.count = count
        for first, second in loader:
            torch.cat([first, second])
        return []

    return {"torchvision": run}
