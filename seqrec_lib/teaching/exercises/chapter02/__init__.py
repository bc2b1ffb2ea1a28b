"""The exercises of chapter 2, in the chapter's order."""

from . import (
    core_by_hand,
    length_batches,
    order_worth,
    pad_and_truncate,
    popularity_before,
    split_one_user,
    stable_order,
)

CHAPTER_02 = (
    stable_order.EXERCISE,
    core_by_hand.EXERCISE,
    split_one_user.EXERCISE,
    popularity_before.EXERCISE,
    pad_and_truncate.EXERCISE,
    length_batches.EXERCISE,
    order_worth.EXERCISE,
)
