"""Image classification on CIFAR-10: the cross-entropy of a network, one data share a worker.

f_m(x) = mean over worker m's training images, over crops and flips, of the cross-entropy.

The training images are dealt to the workers by a partition, in equal shares; a stochastic
gradient is that of batch_size images drawn with replacement, each cropped and flipped at
random. No constant is known, so no bound applies until its constants are measured.

Measures: objective, squared_gradient_norm and dissimilarity are estimates on measure_samples
training images of every worker, not augmented; the squared norms are inner products of the
gradients of two disjoint halves, unbiased for points that do not depend on those images (and
so possibly negative). test_accuracy is on the test images, dealt evenly to the workers.

Source: wang2020overlap, Section 4, for the task and the split by majority class.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.func import grad, vmap
from torch.nn import functional as F

from empirical.field_ranges import check_whole
from empirical.problem import Constant, Problem
from empirical.problems.datasets.augmentation import PADDING, crop_and_flip, normalise
from empirical.problems.datasets.cifar10_files import load
from empirical.problems.datasets.partition import Dirichlet, Iid, LabelShards, Partition
from empirical.problems.datasets.partition_report import partition_report
from empirical.problems.networks.flat_module import FlatModel
from empirical.problems.networks.network_catalogue import MODELS
from empirical.progress import Progress

_EVALUATED_AT_ONCE = 1000
"""Test images a forward pass holds at most."""


@dataclass(frozen=True, kw_only=True)
class Cifar10(Problem):
    """Image classification on CIFAR-10: cross-entropy of a network without buffers.

    Attributes:
        folder: of the data: official batches, or images by class.
        download: fetch the official archive into the folder if it is not there.
        model: groupnorm_cnn, resnet20 or resnet18.
        partition: how the training images are dealt to the workers.
        batch_size: b, images a stochastic gradient, >= 1.
        augment: whether training images are cropped and flipped.
        measure_samples: training images a worker measures on; even, >= 2.
        problem_seed: of the partition and of the initial parameters.

    Raises:
        ValueError: an attribute is out of its range.
        FileNotFoundError: on first use of the data, where the folder does not hold it.

    Source: wang2020overlap, Section 4, for the task and the split by majority class; the functions
    stand at the top of this file.
    """

    folder: Path = Path("data/cifar10")
    download: bool = False
    model: str = "groupnorm_cnn"
    partition: Partition = field(default_factory=Iid)
    batch_size: int = 32
    augment: bool = True
    measure_samples: int = 128
    problem_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model not in MODELS:
            raise ValueError(f"model={self.model} is unknown; choose from {', '.join(MODELS)}")
        check_whole(self, 1, "batch_size")
        if self.measure_samples < 2 or self.measure_samples % 2:
            raise ValueError(f"measure_samples={self.measure_samples} must be even and >= 2")

    @cached_property
    def _network(self) -> FlatModel:
        return FlatModel(MODELS[self.model], seed=self.problem_seed)

    @cached_property
    def shards(self) -> np.ndarray:
        """Indices of every worker's training images, (M, n)."""
        labels = _images(self.folder, self.download, "cpu")[1].numpy()
        return self.partition.split(labels, self.num_workers, self.problem_seed)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How far the partition has the workers' class shares apart."""
        labels = _images(self.folder, self.download, "cpu")[1].numpy()
        return (str(partition_report(self.partition, labels, self.shards)),)

    @property
    def natural_dtype(self) -> str:
        """The name of single precision, in which networks are trained."""
        return "float32"

    def prepare(self, progress: Progress | None = None) -> None:
        """Reads the data once, fetching or decoding it if need be."""
        data = load(self.folder, download=self.download, progress=progress)
        share = len(data.train_labels) // self.num_workers
        if self.measure_samples > share:
            raise ValueError(
                f"measure_samples={self.measure_samples} must be at most a worker's {share} images"
            )
        if self.num_workers > len(data.test_labels):
            raise ValueError(
                f"num_workers={self.num_workers} must be at most the {len(data.test_labels)} "
                "test images"
            )

    @property
    def dimension(self) -> int:
        """Parameters of the network."""
        return self._network.dimension

    @property
    def constants(self) -> Mapping[str, Constant]:
        """No constant, since none is known of a network."""
        return {}

    def initial_point(self) -> Tensor:
        """Returns the network's seeded initialisation, (d,)."""
        return self._network.initial()

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Place in the shard, crop (row, column) and flip of every image, (num_steps, b, 4)."""
        shape = (num_steps, self.batch_size)
        places = rng.integers(self.shards.shape[1], size=shape)
        crops = rng.integers(2 * PADDING + 1, size=(*shape, 2))
        flips = rng.integers(2, size=shape)
        return np.concatenate([places[..., None], crops, flips[..., None]], axis=-1)

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """Gradients of the minibatches, (*batch, workers, d)."""
        shards = torch.from_numpy(self.shards[workers.start : workers.stop]).to(x.device)
        places = sample[..., 0].transpose(0, 1).flatten(1)
        chosen = shards.gather(1, places).view(len(workers), -1, self.batch_size).transpose(0, 1)
        images, labels, *_ = _images(self.folder, self.download, str(x.device))
        batches = images[chosen.flatten()]
        if self.augment:
            drawn = sample.reshape(-1, 4)
            batches = crop_and_flip(batches, drawn[:, 1:3], drawn[:, 3].bool())
        inputs = normalise(batches).to(x.dtype).view(*chosen.shape, *batches.shape[1:])
        return self._gradients(x, inputs, labels[chosen])

    def observe(self, point: Tensor, workers: range) -> Tensor:
        """Loss, accuracy, and gradients of two halves of each worker's measuring images."""
        rows = [
            torch.stack([self._observe_worker(x, worker) for worker in workers])
            for x in point.flatten(0, -3).squeeze(-2)
        ]
        return torch.stack(rows).view(*point.shape[:-2], len(workers), -1)

    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """objective, test_accuracy, squared_gradient_norm and dissimilarity."""
        loss, accuracy, own = observed[..., :3].unbind(-1)
        halves = observed[..., 3:].unflatten(-1, (2, -1))
        square = (halves[..., 0, :] * halves[..., 1, :]).sum(-1)
        return {
            "objective": loss,
            "test_accuracy": accuracy,
            "squared_gradient_norm": square,
            "dissimilarity": own - square,
        }

    def _observe_worker(self, x: Tensor, worker: int) -> Tensor:
        images, labels, *_ = _images(self.folder, self.download, str(x.device))
        chosen = torch.from_numpy(self.shards[worker, : self.measure_samples]).to(x.device)
        inputs = normalise(images[chosen]).to(x.dtype)
        halves = inputs.unflatten(0, (2, -1)), labels[chosen].unflatten(0, (2, -1))
        gradients = self._gradients(x.expand(2, -1), *halves)
        with torch.no_grad():
            loss = F.cross_entropy(self._network.apply(x, inputs), labels[chosen])
            accuracy = self._accuracy(x, worker)
        own = gradients[0] @ gradients[1]
        return torch.cat([torch.stack([loss, accuracy, own]), gradients.flatten()])

    def _accuracy(self, x: Tensor, worker: int) -> Tensor:
        """On this worker's share of the test images; a remainder that cannot be dealt is left."""
        *_, images, labels = _images(self.folder, self.download, str(x.device))
        size = len(labels) // self.num_workers
        share = slice(worker * size, (worker + 1) * size)
        right = x.new_zeros(())
        for inputs, targets in zip(
            images[share].split(_EVALUATED_AT_ONCE),
            labels[share].split(_EVALUATED_AT_ONCE),
            strict=True,
        ):
            scores = self._network.apply(x, normalise(inputs).to(x.dtype))
            right = right + (scores.argmax(-1) == targets).sum()
        return right / size

    def _gradients(self, x: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        """One gradient a point: x (*batch, d), inputs and labels broadcast against (*batch, b)."""
        shape = x.shape[:-1]
        points = x.flatten(0, -2)
        inputs = inputs.expand(*shape, *inputs.shape[-4:]).flatten(0, len(shape) - 1)
        labels = labels.expand(*shape, labels.shape[-1]).flatten(0, len(shape) - 1)
        if x.device.type == "cpu":  # vmapped convolutions are several times slower there
            rows = [self._gradient(*row) for row in zip(points, inputs, labels, strict=True)]
            return torch.stack(rows).view_as(x)
        stacked: Tensor = vmap(grad(self._loss))(points, inputs, labels)
        return stacked.view_as(x)

    def _gradient(self, x: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        leaf = x.detach().requires_grad_()
        return torch.autograd.grad(self._loss(leaf, inputs, labels), leaf)[0]

    def _loss(self, x: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self._network.apply(x, inputs), labels)


@lru_cache(maxsize=2)
def _images(folder: Path, download: bool, device: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images and labels, test images and labels, once per process and device."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # prepare has told what is left out
        data = load(folder, download=download)
    arrays = (data.train_images, data.train_labels, data.test_images, data.test_labels)
    train, train_labels, test, test_labels = (torch.from_numpy(a).to(device) for a in arrays)
    return train, train_labels, test, test_labels


EXAMPLES = (
    Cifar10(num_workers=8, partition=Dirichlet(0.5)),
    Cifar10(num_workers=4, partition=LabelShards(2), model="resnet20"),
)
