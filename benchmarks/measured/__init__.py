"""The comparisons that have a target, each from fresh inputs in a scratch directory."""

from benchmarks.measured.clusters import clusters
from benchmarks.measured.deploys import deploys
from benchmarks.measured.differences import differences
from benchmarks.measured.product import product
from benchmarks.measured.proofs import proofs
from benchmarks.measured.renders import growth, many_environments, one_environment, session

ALL = (one_environment, many_environments, growth, session, proofs, differences, clusters, product, deploys)
