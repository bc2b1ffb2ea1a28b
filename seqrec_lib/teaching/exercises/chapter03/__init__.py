"""The exercises of chapter 3, in the chapter's order."""

from . import (
    auc_with_ties,
    bootstrap_over_users,
    mean_over_batches,
    ndcg_of_lists,
    order_changes,
    rank_of_target,
    sampled_hit_rate,
)

CHAPTER_03 = (
    rank_of_target.EXERCISE,
    ndcg_of_lists.EXERCISE,
    mean_over_batches.EXERCISE,
    sampled_hit_rate.EXERCISE,
    bootstrap_over_users.EXERCISE,
    auc_with_ties.EXERCISE,
    order_changes.EXERCISE,
)
