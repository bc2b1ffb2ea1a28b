"""The exercises of chapter 9, in the chapter's order."""

from . import causal_head, loss_gradient, pick_on_validation, places_from_the_end, pre_norm_block

CHAPTER_09 = (
    causal_head.EXERCISE,
    places_from_the_end.EXERCISE,
    pre_norm_block.EXERCISE,
    loss_gradient.EXERCISE,
    pick_on_validation.EXERCISE,
)
