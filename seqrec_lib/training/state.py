"""The state of a training run, and its way to and from a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..data.batch import Batch
from ..evaluation import KS, evaluate
from ..losses.objectives import AnySplit, Generators
from ..messages import InputError, unknown
from ..models.recommender import ForeseesPurchases, Model, catalogue_size
from .early_stopping import EarlyStopping, copy_weights
from .fingerprint import check_same_run, describe_data
from .history import History
from .optimiser import make_optimiser
from .progress import Silent
from .random_state import all_states, set_all_states
from .run_folder import RunFolder
from .settings import CLICK_METRICS, LESS_IS_BETTER, PURCHASE_METRICS, TrainingSettings

if TYPE_CHECKING:
    from .averaging import Average
    from .ranks import Alone


class RunState:
    """Model, optimiser, early stopping, history and chance: what a checkpoint must hold.

    Raises:
        InputError: the model was built for another catalogue, or the selecting metric is unknown.
    """

    def __init__(
        self,
        model: Model,
        split: AnySplit,
        settings: TrainingSettings,
        device: torch.device,
        generators: Generators,
        display: Silent,
        ranks: Alone,
    ) -> None:
        self.n_items = split.log.n_items
        size = catalogue_size(model)
        if size is not None and size != self.n_items:
            raise InputError(f"the model was built for {size} items, but the log has {self.n_items}")
        self.model, self.split, self.settings, self.device = model.to(device), split, settings, device
        self.generators, self.display, self.ranks = generators, display, ranks
        self.train = split.train.to(device)
        self.optimiser = make_optimiser(model, settings)
        self.average: Average | None = None
        if settings.average:
            from .averaging import Average  # few runs have use for it

            self.average = Average(settings.average)
        self.stopping = EarlyStopping(settings.patience)
        self.ks = [k for k in KS if k <= self.n_items]
        self.history = History(select=self._metric(settings.select), device=str(device))
        self.history.settings = asdict(settings)
        self.folder: RunFolder | None = None
        chosen = getattr(model, "settings", None)
        of_model = chosen if is_dataclass(chosen) and not isinstance(chosen, type) else None
        kinds = {"model": of_model, "training": settings}
        # What an older run did not know was at its default then.
        self.defaults = {
            part: {} if kind is None else {field.name: field.default for field in fields(kind)}
            for part, kind in kinds.items()
        }
        self.description = {
            "model": {} if of_model is None else asdict(of_model),
            "training": asdict(settings),
            "data": describe_data(split),
        }
        if ranks.size > 1:
            self.history.settings["processes"] = ranks.size
            from .ranks import check_alike  # one process has nobody to compare with

            check_alike(ranks, json.dumps(self.description, default=str))

    def _metric(self, name: str) -> str:
        """The selecting metric; where its k is larger than the catalogue, k is the whole catalogue."""
        if self.split.clicks:
            known = (*CLICK_METRICS, *(PURCHASE_METRICS if self._buys() else ()))
            if name not in known:
                raise InputError(unknown("metric", name, known))
            return name
        kind, _, k = name.partition("@")
        if kind in ("HR", "NDCG") and k.isdigit() and int(k) > 0:
            cut = min(int(k), self.n_items)
            self.ks = sorted({*self.ks, cut})
            return f"{kind}@{cut}"
        if name != "MRR":
            raise InputError(unknown("metric", name, ("NDCG@10", "HR@10", "MRR")))
        return name

    def _buys(self) -> bool:
        """Whether purchases are learned beside clicks."""
        return isinstance(self.model, ForeseesPurchases) and self.split.clicks

    def _check_weights(self) -> None:
        """Raise InputError when a step has left numbers that are none: its size was too large."""
        for name, weights in self.model.named_parameters():
            if not bool(torch.isfinite(weights).all()):
                raise InputError(
                    f"after this epoch {name} holds numbers that are not finite: the step size is too large "
                    f"for this model and these data: choose an lr below {self.settings.lr:g}"
                )

    def averaged(self) -> AbstractContextManager[None]:
        """A block within which the model has the weights that are validated and kept."""
        return nullcontext() if self.average is None else self.average.inside(self.model)

    def validate(self) -> dict[str, float]:
        """Metrics on the validation part, without coverage."""
        self._check_weights()
        cases = self.split.validation
        if isinstance(cases, Batch):
            return self.ranks.from_first(lambda: self._of_clicks(cases))
        own = cases.rows(self.ranks.own(torch.arange(len(cases)))) if self.ranks.size > 1 else cases
        count = 0 if self.ranks.idle else len(own)  # no case counts twice, though there be fewer than ranks
        found = evaluate(self.model, own, self.ks, device=self.device, with_coverage=False).metrics
        return self.ranks.mean(found, count)

    def _of_clicks(self, cases: Batch) -> dict[str, float]:
        """Metrics of clicks, and of purchases where the model foresees them."""
        from ..evaluation.click_scores import evaluate_clicks  # a model of the next item has no use for it

        found = evaluate_clicks(self.model, cases, self.device).metrics
        if isinstance(self.model, ForeseesPurchases):
            from ..evaluation.purchase_scores import model_chances, purchase_metrics

            found = {**found, **purchase_metrics(model_chances(self.model, cases, self.device), cases)}
        return found

    def worth(self, validation: Mapping[str, float]) -> float:
        """What the best epoch has most of: the selecting metric, turned round where less is better."""
        value = validation[self.history.select]
        return -value if self.history.select in LESS_IS_BETTER else value

    def open(self, out: Path | str | None, resume: bool, notes: Mapping[str, object] | None) -> None:
        """Begin the run folder ``out``, or read the state of the run that is there."""
        if out is None:
            return
        self.folder = RunFolder(out)
        folder = self.folder
        last = self.ranks.from_first(lambda: folder.load_last() if resume and folder.can_resume else None)
        if last is not None:
            self._load(last, folder.path)
            if self.ranks.first:
                folder.bring_up_to_date()
            return
        if not self.ranks.first:
            return
        if resume:
            self.display.warn(f"nothing to resume in {out}: starting fresh")
        elif self.folder.holds_a_run:
            self.display.warn(f"{out}: the run that was there is replaced; resume would have gone on with it")
        self.folder.begin({**self.description, "notes": notes or {}}, self.split.log, self.split.train_log)

    def _load(self, last: Mapping[str, Any], path: Path) -> None:
        was = 1 + len(last.get("random_of_others", []))
        if was != self.ranks.size:
            raise InputError(
                f"{path} was trained by {was} process{'es' * (was > 1)}, and now there "
                f"{'are' if self.ranks.size > 1 else 'is'} {self.ranks.size}: each has chance of its own, "
                f"so go on with {was} (torchrun --nproc-per-node), or start afresh"
            )
        try:
            more = self._more_epochs(last["description"], path)
            found = {**last["description"], "training": {**last["description"]["training"], **more}}
            check_same_run(found, self.description, path, self.defaults)
            self.model.load_state_dict(last["model"])
            self.optimiser.load_state_dict(last["optimiser"])
            if self.average is not None:
                self.average.set_state(last["average"], self.device)
            self.stopping.set_state(last["early_stopping"], last["best"])
            chances = [last["random"], *last.get("random_of_others", [])]
            set_all_states(chances[self.ranks.rank], self.generators)
            self.history.epochs, self.history.stopped = last["epochs"], last["stopped"]
        except (KeyError, TypeError, RuntimeError) as error:
            raise InputError(f"{path / 'last'}: not a checkpoint of this model ({error})") from error
        self.history.best_epoch = self.stopping.epoch
        if more:
            if self.history.stopped == "epochs":
                self.history.stopped = ""
            if self.ranks.first:
                plain = RunFolder(path).described()
                RunFolder(path).save_settings({**plain, "training": {**plain["training"], **more}})

    def _more_epochs(self, found: Mapping[str, Any], path: Path) -> dict[str, object]:
        """``{"epochs": n}`` where more epochs are asked for than the saved run had; else nothing.

        Raises:
            InputError: the step size of that run followed its number of epochs.
        """
        was, now = found["training"].get("epochs"), self.settings.epochs
        if was is None or now <= was:
            return {}
        if self.settings.schedule != "constant":
            passes = "1 epoch" if was == 1 else f"{was} epochs"
            raise InputError(
                f"{path} was trained for {passes}, and with schedule={self.settings.schedule!r} its step "
                f"size came to its end with them: start afresh with epochs={now}"
            )
        return {"epochs": now}

    def save(self, improved: bool) -> None:
        """Write the run folder after an epoch; ``last`` first, because the other files follow from it."""
        if self.folder is None:
            return
        mine, *others = self.ranks.gather(all_states(self.device, self.generators))
        if not self.ranks.first:
            return
        self.folder.save_last(
            {
                "description": self.description,
                "model": copy_weights(self.model),
                "best": self.stopping.weights,
                "optimiser": self.optimiser.state_dict(),
                **({} if self.average is None else {"average": self.average.state()}),
                "random": mine,
                **({"random_of_others": others} if others else {}),
                "early_stopping": self.stopping.state(),
                "epochs": self.history.epochs,
                "stopped": self.history.stopped,
            }
        )
        if improved and self.stopping.weights is not None:
            self.folder.save_weights(self.stopping.weights)
        self.folder.save_history(self.history.as_dict())

    def finish(self) -> None:
        """Put the best weights into the model and write what follows from them."""
        self.stopping.restore(self.model)
        if self.folder is None or not self.ranks.first:
            return
        if self.stopping.weights is not None:
            self.folder.save_weights(self.stopping.weights)
        self.folder.save_history(self.history.as_dict())
