"""Train RecBole's models in RecBole's own environment, a turn at a time.

Not for you: ``speed.py`` starts it with the Python of that environment and speaks to it. Each line on
standard input, ``MODEL SECONDS``, is answered by one line of JSON on standard output: targets,
seconds, and seconds of processor time.
RecBole makes one row of every prefix of a history (its data augmentation), and each row has one target;
so rows are what it trains, and each costs it a pass over the whole prefix.
"""

from __future__ import annotations

import argparse
import functools
import json
import logging
import sys
import time

import torch

# RecBole 1.2.1 was written before torch.load refused everything but tensors.
torch.load = functools.partial(torch.load, weights_only=False)

# The widths of `sasrec`, and like it no dropout on attention weights. Where a model has no such setting, what
# RecBole's authors chose stays.
SETTINGS = {
    "SASRec": {
        "n_layers": 2, "n_heads": 1, "hidden_size": 64, "inner_size": 64,
        "hidden_dropout_prob": 0.1, "attn_dropout_prob": 0.0,
    },
    "GRU4Rec": {"embedding_size": 64, "hidden_size": 64, "num_layers": 1, "dropout_prob": 0.1},
}  # fmt: skip


class Training:
    """One of RecBole's models, with its data and its optimiser."""

    def __init__(self, name: str, folder: str, max_len: int, batch_size: int) -> None:
        from recbole.config import Config
        from recbole.data import create_dataset, data_preparation
        from recbole.utils import get_model, get_trainer, init_seed

        given = {
            "data_path": folder, "USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id",
            "TIME_FIELD": "timestamp", "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "MAX_ITEM_LIST_LENGTH": max_len, "train_neg_sample_args": None, "loss_type": "CE",
            "train_batch_size": batch_size, "learning_rate": 0.001, "seed": 0, "use_gpu": False,
            "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full"},
            "show_progress": False, "save_dataset": False, **SETTINGS[name],
        }  # fmt: skip
        arguments, sys.argv = sys.argv, sys.argv[:1]  # RecBole reads the command line too
        config = Config(model=name, dataset="log", config_dict=given)
        sys.argv = arguments
        logging.disable(logging.INFO)
        init_seed(0, True)
        dataset = create_dataset(config)
        self.rows, _, _ = data_preparation(config, dataset)
        self.model = get_model(name)(config, self.rows.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], name)(config, self.model)
        self.optimiser, self.device = trainer.optimizer, trainer.device

    def turn(self, seconds: float) -> dict:
        """As RecBole's ``Trainer._train_epoch`` does, for at least ``seconds``."""
        self.model.train()
        targets, started, cpu = 0, time.perf_counter(), time.process_time()
        while True:
            for interaction in self.rows:
                interaction = interaction.to(self.device)
                self.optimiser.zero_grad()
                loss = self.model.calculate_loss(interaction)
                loss.backward()
                self.optimiser.step()
                targets += len(interaction)
                spent = time.perf_counter() - started
                if spent >= seconds:
                    return {"targets": targets, "seconds": spent, "cpu_seconds": time.process_time() - cpu}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", help="holds log/log.inter")
    parser.add_argument("--max-len", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch-size", type=int, default=2048)  # RecBole's own
    given = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever RecBole prints goes elsewhere
    torch.set_num_threads(given.threads)
    models = {name: Training(name, given.folder, given.max_len, given.batch_size) for name in SETTINGS}
    import numpy
    import recbole

    about = {"recbole": recbole.__version__, "torch": torch.__version__, "numpy": numpy.__version__}
    print(json.dumps(about), file=answers, flush=True)
    for line in sys.stdin:
        name, seconds = line.split()
        print(json.dumps(models[name].turn(float(seconds))), file=answers, flush=True)


if __name__ == "__main__":
    main()
