# The public face of empirical.testing: what is imported lazily from where. One line a file.

# Where a law does not apply it raises this.
from .running import NotApplicable as NotApplicable

# Laws of algorithms.
from .algorithm_laws import (
    a_batch_is_its_members as a_batch_is_its_members,
    coordinates_are_exchangeable as coordinates_are_exchangeable,
    messages_leave_every_k_steps as messages_leave_every_k_steps,
    rescaling_units_rescales_nothing as rescaling_units_rescales_nothing,
    shifting_the_problem_shifts_the_iterates as shifting_the_problem_shifts_the_iterates,
    state_is_never_mutated as state_is_never_mutated,
    the_optimum_is_a_fixed_point as the_optimum_is_a_fixed_point,
    workers_are_exchangeable as workers_are_exchangeable,
)
from .inner_rule_laws import (
    Displaced as Displaced,
    gradients_are_taken_where_the_inner_rule_says as gradients_are_taken_where_the_inner_rule_says,
    the_inner_rule_says_what_is_reported as the_inner_rule_says_what_is_reported,
)
from .rank_laws import (
    order_makes_layouts_equal_to_the_bit as order_makes_layouts_equal_to_the_bit,
    resuming_changes_nothing as resuming_changes_nothing,
    the_layout_does_not_matter as the_layout_does_not_matter,
)

# Laws of compressors and of what they send.
from .compressor_laws import (
    any_scale_passes_through as any_scale_passes_through,
    contracts_by_delta as contracts_by_delta,
    errors_of_workers_average_out as errors_of_workers_average_out,
    is_odd as is_odd,
    is_unbiased as is_unbiased,
    noise_is_used_as_claimed as noise_is_used_as_claimed,
    nothing_outside_is_touched as nothing_outside_is_touched,
    powers_of_two_pass_through as powers_of_two_pass_through,
    renumbering_passes_through as renumbering_passes_through,
    variance_within_omega as variance_within_omega,
    who_lives_together_does_not_matter as who_lives_together_does_not_matter,
)
from .wire_laws import (
    any_damage_is_noticed as any_damage_is_noticed,
    bodies_are_read_to_the_bit_or_refused as bodies_are_read_to_the_bit_or_refused,
    bytes_bring_everything_back as bytes_bring_everything_back,
    extremes_stay_finite as extremes_stay_finite,
    foreign_messages_are_refused as foreign_messages_are_refused,
    payload_has_declared_bits as payload_has_declared_bits,
    what_is_not_finite_is_seen as what_is_not_finite_is_seen,
    zero_stays_zero as zero_stays_zero,
)

# Laws of problems.
from .problem_laws import (
    declared_constants_hold as declared_constants_hold,
    gradient_is_the_autograd_of_the_objective as gradient_is_the_autograd_of_the_objective,
    samples_depend_on_seed_worker_step_only as samples_depend_on_seed_worker_step_only,
)

# What draws their subjects: Hypothesis strategies, which need the extra `testing`.
from .algorithm_strategies import (
    algorithms as algorithms,
    bent_gradient as bent_gradient,
    exact_problems as exact_problems,
    experiments as experiments,
    inner_rules as inner_rules,
    log_uniform as log_uniform,
    parameter_values as parameter_values,
)
from .compressor_strategies import vector as vector, vectors as vectors
