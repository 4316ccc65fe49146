"""Which launcher has started this process as one of several ranks: torchrun, srun, mpirun."""

from __future__ import annotations

import os

_MEETING = ("MASTER_ADDR", "MASTER_PORT")
"""Where ranks meet; torchrun sets both."""

_LAUNCHERS = {
    # SLURM_NTASKS is set in batch scripts as well, where only one copy runs; this one is not.
    "srun": ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"),
    "mpirun": ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    "mpiexec": ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
}
"""For each launcher the variables with the rank, the number of ranks, and the rank on its host."""


def is_launched() -> bool:
    """Returns whether a launcher has started this process as one of several ranks.

    What srun and mpirun say is entered into the environment as torchrun would, for torch to read.

    Raises:
        ValueError: ranks were started, but nothing says where they meet.
    """
    if "RANK" in os.environ and "WORLD_SIZE" in os.environ:
        _check_meeting("RANK and WORLD_SIZE are set, as for a rank of torchrun")
        return True
    for launcher, names in _LAUNCHERS.items():
        rank, count, local = (os.environ.get(name) for name in names)
        if rank is None or count is None or int(count) < 2:
            continue
        _check_meeting(f"{launcher} has started {count} copies of this command ({names[1]})")
        os.environ.update({"RANK": rank, "WORLD_SIZE": count, "LOCAL_RANK": local or "0"})
        return True
    return False


def is_first() -> bool:
    """Returns whether this process reports to the user: rank 0 of a launcher, or the only one.

    Raises:
        ValueError: ranks were started, but nothing says where they meet.
    """
    return not is_launched() or os.environ["RANK"] == "0"


def _check_meeting(why: str) -> None:
    missing = [name for name in _MEETING if name not in os.environ]
    if missing:
        raise ValueError(
            f"{why}, but {' and '.join(missing)} are not, so that ranks cannot meet: export "
            "MASTER_ADDR (the first host) and MASTER_PORT (a free port), or start torchrun; for a "
            "single copy unset what is set"
        )
