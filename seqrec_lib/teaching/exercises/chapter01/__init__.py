"""The exercises of chapter 1, in the chapter's order."""

from . import (
    cross_entropy_from_logits,
    gap_closed,
    masked_attention_pool,
    more_users,
    ndcg_one_target,
    next_item_pairs,
)

CHAPTER_01 = (
    next_item_pairs.EXERCISE,
    masked_attention_pool.EXERCISE,
    cross_entropy_from_logits.EXERCISE,
    ndcg_one_target.EXERCISE,
    gap_closed.EXERCISE,
    more_users.EXERCISE,
)
