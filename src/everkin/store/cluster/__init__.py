"""The embedded PostgreSQL: its programs, its start, its sharing, healing and stop; no table of ours."""

from everkin.store.cluster.cluster import Cluster

__all__ = ["Cluster"]
