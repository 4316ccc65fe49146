# The public face of theory.testing: what is imported lazily from where. One line a file.

# Laws of one bound.
from .bound_laws import (
    a_conversion_holds as a_conversion_holds,
    a_corollary_is_no_better_than_its_theorem as a_corollary_is_no_better_than_its_theorem,
    moves_as_declared as moves_as_declared,
    numbers_agree_with_symbols as numbers_agree_with_symbols,
    source_is_in_the_bibliography as source_is_in_the_bibliography,
    terms_are_nonnegative as terms_are_nonnegative,
    tuned_is_no_worse_than_any_admissible_choice as tuned_is_no_worse_than_any_admissible_choice,
    units_balance as units_balance,
    what_is_proved_names_its_proof as what_is_proved_names_its_proof,
)
from .limit_laws import a_bound_grows_without_end as a_bound_grows_without_end

# Numbers to try them at.
from .extreme_points import anywhere as anywhere

# Laws of two.
from .relation_laws import (
    ReductionEvidence as ReductionEvidence,
    a_corollary_follows as a_corollary_follows,
    a_reduction_holds as a_reduction_holds,
    theorem_of as theorem_of,
)

# Errors planted in what is proved.
from .planted_errors import Alteration as Alteration, altered_terms as altered_terms, score as score
