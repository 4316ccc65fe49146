# The public face of empirical: what is imported lazily from where. One line a file.

# What things are: to subclass, or to drive a loop of one's own.
from .algorithm import (
    Algorithm as Algorithm,
    Exchange as Exchange,
    Relay as Relay,
    WorkerState as WorkerState,
)
from .algorithms.local_steps import LocalSteps as LocalSteps
from .compressor import Compressor as Compressor, Draft as Draft, Payload as Payload
from .loop import Loop as Loop
from .problem import (
    AdditiveNoiseProblem as AdditiveNoiseProblem,
    ExactProblem as ExactProblem,
    Problem as Problem,
    exact as exact,
    upper_bound as upper_bound,
)
from .transport import Stacked as Stacked, Transport as Transport

# Readings of one text.
from .readings.distribute import distribute as distribute
from .readings.mixing import mixing as mixing
from .readings.moments import moments as moments
from .readings.performance_estimation.setting import (
    FunctionClass as FunctionClass,
    Setting as Setting,
    Summary as Summary,
)
from .readings.simulate import simulate as simulate
from .readings.stability import (
    largest_stable_step_size as largest_stable_step_size,
    stationary as stationary,
)
from .readings.worst_case import worst_case as worst_case

# Experiments, and theory held against them.
from .experiments.execution import carry_out as carry_out
from .experiments.experiment import Experiment as Experiment
from .experiments.plan import Plan as Plan
from .experiments.records import read_records as read_records
from .falsification.search import falsify as falsify
from .falsification.tightness import tightness as tightness
from .runtime.slow_link import Link as Link
from .verdicts.applicability import at_best_step_size as at_best_step_size
from .verdicts.judge import judge as judge

# Messages as bytes.
from . import wire as wire

# Laws of algorithms, compressors, problems and wire formats.
from . import testing as testing

# Algorithms.
from .algorithms.averaging.decentralized_sgd import DecentralizedSGD as DecentralizedSGD
from .algorithms.averaging.fedac import FedAc as FedAc
from .algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD as LocalAcceleratedSGD
from .algorithms.averaging.local_sgd import LocalSGD as LocalSGD
from .algorithms.averaging.scaffold import Scaffold as Scaffold, Variate as Variate
from .algorithms.averaging.stochastic_gradient_push import (
    StochasticGradientPush as StochasticGradientPush,
)
from .algorithms.compression.dq_sgd import DQSGD as DQSGD
from .algorithms.compression.fetch_sgd import FetchSGD as FetchSGD
from .algorithms.compression.power_sgd import PowerSGD as PowerSGD
from .algorithms.compression.sketched_sgd import Recovery as Recovery, SketchedSGD as SketchedSGD
from .algorithms.large_batch.accelerated_minibatch_sgd import (
    AcceleratedMinibatchSGD as AcceleratedMinibatchSGD,
)
from .algorithms.large_batch.minibatch_sgd import MinibatchSGD as MinibatchSGD
from .algorithms.large_batch.thumb_twiddling_sgd import ThumbTwiddlingSGD as ThumbTwiddlingSGD
from .algorithms.overlap.cocod_sgd import CoCoDSGD as CoCoDSGD
from .algorithms.overlap.delayed_local_sgd import DelayedLocalSGD as DelayedLocalSGD
from .algorithms.overlap.easgd import EASGD as EASGD
from .algorithms.overlap.oldsgd import OLDSGD as OLDSGD
from .algorithms.overlap.overlap_local_sgd import OverlapLocalSGD as OverlapLocalSGD
from .algorithms.wrappers.adaptive_local_steps import AdaptiveLocalSteps as AdaptiveLocalSteps
from .algorithms.wrappers.compressed import Compressed as Compressed
from .algorithms.wrappers.diloco import DiLoCo as DiLoCo
from .algorithms.wrappers.fed_opt import FedOpt as FedOpt
from .algorithms.wrappers.inner_outer_local_sgd import InnerOuterLocalSGD as InnerOuterLocalSGD
from .algorithms.wrappers.post_local_sgd import PostLocalSGD as PostLocalSGD
from .algorithms.wrappers.slowmo import SlowMo as SlowMo

# Parts that are plugged into them.
from .components.accelerated_rule import (
    ACSA as ACSA,
    Accelerated as Accelerated,
    MultistageACSA as MultistageACSA,
    StronglyConvexACSA as StronglyConvexACSA,
)
from .components.bit_width import BitWidthRule as BitWidthRule
from .components.bit_width_rules import (
    Budget as Budget,
    ErrorTarget as ErrorTarget,
    Fixed as Fixed,
    NormRatio as NormRatio,
)
from .components.buffer_policy import BufferPolicy as BufferPolicy
from .components.error_feedback import Feedback as Feedback
from .components.fedac_rule import Coupling as Coupling, FedAcRule as FedAcRule
from .components.inner_rule import (
    AdamW as AdamW,
    HeavyBall as HeavyBall,
    InnerRule as InnerRule,
    Momentum as Momentum,
    Nesterov as Nesterov,
    Plain as Plain,
    WeightDecay as WeightDecay,
)
from .components.merge_rule import (
    DelayCorrected as DelayCorrected,
    Lerp as Lerp,
    MergeRule as MergeRule,
    Overwrite as Overwrite,
)
from .components.topology import (
    Alone as Alone,
    Complete as Complete,
    Exponential as Exponential,
    Given as Given,
    Ring as Ring,
    Star as Star,
    Topology as Topology,
)

# Compressors.
from .compressors.cast import Cast as Cast, Overflow as Overflow, Precision as Precision
from .compressors.count_sketch import CountSketch as CountSketch
from .compressors.identity import Identity as Identity
from .compressors.natural import Natural as Natural
from .compressors.power_sgd import PowerFactors as PowerFactors
from .compressors.qsgd import QSGD as QSGD
from .compressors.rand_k import RandK as RandK
from .compressors.scaled_sign import ScaledSign as ScaledSign
from .compressors.terngrad import TernGrad as TernGrad
from .compressors.top_k import TopK as TopK
from .kernels.random_streams import Noise as Noise
from .kernels.stochastic_rounding import Norm as Norm

# Problems.
from .problems.datasets.cifar10 import Cifar10 as Cifar10
from .problems.datasets.digits import Digits as Digits
from .problems.datasets.partition import (
    Dirichlet as Dirichlet,
    Iid as Iid,
    LabelShards as LabelShards,
    MajorityClass as MajorityClass,
    Partition as Partition,
)
from .problems.datasets.partition_report import (
    PartitionReport as PartitionReport,
    class_histogram as class_histogram,
    partition_report as partition_report,
)
from .problems.hard_instances.chain import Chain as Chain
from .problems.hard_instances.flat_camp import FlatCamp as FlatCamp
from .problems.hard_instances.one_sided import OneSided as OneSided
from .problems.hard_instances.one_sided_camps import OneSidedCamps as OneSidedCamps
from .problems.hard_instances.progress_chain import ProgressChain as ProgressChain
from .problems.hard_instances.rank_one_camps import RankOneCamps as RankOneCamps
from .problems.synthetic.bent import Bent as Bent
from .problems.synthetic.interpolated import Interpolated as Interpolated
from .problems.synthetic.logistic import Logistic as Logistic
from .problems.synthetic.quadratic import Quadratic as Quadratic
from .problems.synthetic.sigmoid_regression import SigmoidRegression as SigmoidRegression
from .problems.synthetic.tilted import Tilted as Tilted
from .problems.synthetic.two_camps import TwoCamps as TwoCamps
