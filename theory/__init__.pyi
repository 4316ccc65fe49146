# The public face of theory: what is imported lazily from where. One line a file.

# The catalogue.
from .catalogue import lookup as lookup, prove as prove, search as search

# What a theorem is made of.
from .assumptions import (
    Assumption as Assumption,
    STOCHASTIC as STOCHASTIC,
    STOCHASTIC_CONVEX as STOCHASTIC_CONVEX,
)
from .bound import (
    Bound as Bound,
    ConditionError as ConditionError,
    Constants as Constants,
    Provenance as Provenance,
    Side as Side,
    Source as Source,
    Standing as Standing,
    Term as Term,
)
from .measures import Measure as Measure, Quantity as Quantity, ReportPoint as ReportPoint
from .notation import GLOSSARY as GLOSSARY, symbols as symbols
from .proving.proof import Proof as Proof, replay as replay

# What follows from it.
from .comparison.comparison import compare as compare
from .comparison.crossover import crossovers as crossovers
from .tuning.best_step_size import best_step_size as best_step_size
from .tuning.elasticities import elasticities as elasticities, exponents as exponents
from .tuning.inversion import fewest_rounds as fewest_rounds
from .tuning.local_steps import best_local_steps as best_local_steps
from .tuning.mesh_evaluation import mesh as mesh

# What it costs.
from .costs.sketch_size import sketch_size_for as sketch_size_for
from .costs.time_model import LinkModel as LinkModel, Runtime as Runtime

# Theorems for other tools.
from .export.json_export import (
    bound_as_json as bound_as_json,
    bounds_from_json as bounds_from_json,
)

# The steps of derivations.
from . import proving as proving

# Laws that every bound obeys.
from . import testing as testing
