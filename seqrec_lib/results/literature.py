"""Published figures on the book's protocol of MovieLens-1M that no row of ours stands beside.

Each was read where ``source`` says; "quoted" figures were read in a table that quotes them. Test figures on
`ml-1m.txt`, leave-one-out, all items ranked.
"""

from __future__ import annotations

import pandas as pd

_KLENITSKIY = "Klenitskiy & Vasilev 2023"
_QUOTED = "Petrov & Macdonald 2022, quoted in bert4rec_repro"
_RECTOOLS = "bert4rec_repro, README"

NOT_RUN = pd.DataFrame(
    [
        ("BERT4Rec", 0.2843, 0.1537, _KLENITSKIY),
        ("SASRec with softmax, RecTools", 0.3058, 0.1779, _RECTOOLS),
        ("BERT4Rec, RecTools", 0.2921, 0.1618, _RECTOOLS),
        ("BERT4Rec, longer histories", 0.2821, 0.1516, _QUOTED),
        ("BERT4Rec, first code", 0.1518, 0.0806, _QUOTED),
        ("SASRec, first code", 0.1993, 0.1078, _QUOTED),
        ("matrix factorisation, BPR", 0.0740, 0.0377, _QUOTED),
    ],
    columns=["model", "HR@10", "NDCG@10", "read in"],
)
# One BERT4Rec of Petrov & Macdonald 2022 (longer histories), as their repository gives it.
BERT4REC_NDCG = {"all": 0.1516, "popularity-100": 0.4751, "uniform-100": 0.6008}
# Semantic ids on Amazon Beauty (5-core, leave-one-out, all items ranked): the paper, and public runs.
TIGER_BEAUTY = pd.DataFrame(
    [
        ("TIGER, its paper", 0.0648, 0.0384, "Rajput et al. 2023"),
        ("SASRec beside it, its paper", 0.0605, 0.0318, "Rajput et al. 2023"),
        ("TIGER, public code", 0.0594, 0.0321, "XiaoLongtaoo/TIGER, issue 6"),
        ("the same, run by a user", 0.0559, 0.0298, "XiaoLongtaoo/TIGER, issue 6"),
        ("TIGER, another public code, early", 0.01, None, "EdoardoBotta/RQ-VAE-Recommender, issue 28"),
    ],
    columns=["model", "Recall@10", "NDCG@10", "read in"],
)
