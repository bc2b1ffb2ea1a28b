"""The flags of the commands and their help."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.metadata import version as installed

from .. import __version__
from ..data import OUTLOOK, WORLDS
from ..device import DEVICES, PRECISIONS
from ..evaluation.metrics import TIES
from ..losses import LOSSES
from ..models import RECIPES
from ..models.baselines import COUNTED
from ..retrieval import KINDS
from ..training.settings import BATCH_BY, SCHEDULES

OBJECTIVES = ("clicks", "next-item")
SOURCES = """\
DATA is one of
  FILE.csv, .tsv, .jsonl     a log with named columns: user, item, time (other names: --user --item --time)
  FILE.parquet, or a folder  such a log, or its parts
  FILE.zip or a folder       MovieLens, or one such table
  FILE.txt, .txt.gz          one "user item" a line, in time order, no header
  other text                 --columns user,item,-,time, and --sep; --format sequences: a user and all items
  ml-100k, ml-1m             MovieLens by name
  world:NAME[:users=N,seed=S]  a simulated world, for example world:video:users=500
"""


def make_parser() -> argparse.ArgumentParser:
    """The parser; each command leaves the function that runs it in ``run``."""
    parser = argparse.ArgumentParser(
        prog="seqrec_lib",
        description="Train, evaluate and use sequential recommenders.",
        epilog="Exit codes: 0 done, 1 unusable data or settings, 2 unreadable command line, 130 Ctrl-C.",
    )
    parser.add_argument(
        "--version", action="version", version=f"seqrec_lib {__version__}, torch {installed('torch')}"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _fit(_command(commands, "fit", "train a model on a log, choose the epoch on validation, test it once"))
    _evaluate(_command(commands, "evaluate", "measure the model of a run folder on its data"))
    _recommend(
        _command(commands, "recommend", "list what should come after a history, or for each user of a log")
    )
    _compare(_command(commands, "compare", "measure how far two models are apart on the same test cases"))
    _simulate(_command(commands, "simulate", "write a simulated world's log to a file"))
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    epilog = "" if name == "simulate" else SOURCES
    if name == "fit":
        models = [
            f"  {key:<18} {recipe.about}{' (clicks)' if recipe.learns_clicks else ''}"
            for key, recipe in RECIPES.items()
        ]
        models += [f"  {key:<18} counted and not trained" for key in COUNTED]
        epilog += "\nmodels\n" + "\n".join(models)
    parser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=epilog or None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def run(arguments: argparse.Namespace) -> int:
        code: int = import_module(f".{name}_command", __package__).run(arguments)
        return code

    parser.set_defaults(run=run)
    parser.add_argument("--traceback", action="store_true", help="show where an error was raised")
    return parser


def _reading(parser: argparse.ArgumentParser, required: bool = True) -> None:
    group = parser.add_argument_group("data")
    group.add_argument("--data", metavar="DATA", required=required, help="the log (see below)")
    for name in ("user", "item", "time", "event", "title"):
        group.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that holds the {name}")
    group.add_argument(
        "--columns", metavar="NAMES", help="of a text without a header, in order, such as user,item,-,time"
    )
    group.add_argument("--sep", metavar="SIGN", help="between the columns of a text, such as '::'")
    group.add_argument(
        "--format",
        metavar="NAME",
        help="csv, tsv, parquet, json, pairs, sequences or movielens; default: by name",
    )
    group.add_argument("--encoding", metavar="NAME", help="of a text file, such as latin-1; default: utf-8")
    group.add_argument("--time-unit", metavar="UNIT", help="of times in numbers: s (default), ms, us or ns")
    group.add_argument(
        "--date-format", metavar="FORMAT", help="of dates that are not ISO, such as %%d/%%m/%%Y"
    )
    group.add_argument("--events", metavar="NAMES", help="keep rows of these events alone, such as cart,buy")
    group.add_argument(
        "--least-rating",
        type=float,
        metavar="R",
        help="keep rows whose rating, score or stars are at least R",
    )
    group.add_argument("--bad-rows", metavar="POLICY", help="error (default), or drop: leave out and count")
    group.add_argument("--duplicates", metavar="POLICY", help="keep, first, last or error")
    group.add_argument(
        "--repeats",
        action="store_true",
        default=None,
        help="meeting an item again is normal: rank seen items too",
    )
    group.add_argument(
        "--k-core", type=int, metavar="K", help="keep users and items with K interactions or more"
    )


def _impressions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--impressions",
        metavar="FILE",
        help="what was shown: user, item, click, and time and position where known (.csv or .parquet)",
    )


def _running(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--device", default="auto", metavar="|".join(DEVICES), help="default: auto")
    parser.add_argument("--json", metavar="FILE", help="write all figures as JSON; - is standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def _fit(parser: argparse.ArgumentParser) -> None:
    _reading(parser)
    _impressions(parser)
    parser.add_argument("--model", required=True, metavar="NAME", help="see the list below")
    parser.add_argument(
        "--objective",
        choices=OBJECTIVES,
        help="of a model of clicks; default: clicks where there are impressions, else next-item",
    )
    group = parser.add_argument_group("split")
    group.add_argument(
        "--split", choices=("loo", "temporal"), default="loo", help="default: loo, leave one out"
    )
    group.add_argument(
        "--at", metavar="TIME", help="temporal: tested from this moment on (seconds or a date)"
    )
    group.add_argument(
        "--windows", action="store_true", help="train on items older than the newest max-len too"
    )
    group = parser.add_argument_group("model (defaults are the model's own)")
    group.add_argument("--max-len", type=int, metavar="L", help="longest history; older items are cut")
    group.add_argument("--dim", type=int, metavar="D", help="width of item vectors and states")
    group.add_argument("--layers", type=int, metavar="N", help="layers of the encoder")
    group.add_argument("--heads", type=int, metavar="H", help="heads of attention")
    group.add_argument("--dropout", type=float, metavar="P", help="share of numbers set to 0 in training")
    group.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting of the model"
    )
    group = parser.add_argument_group("training (defaults are the model's own)")
    group.add_argument("--loss", metavar="NAME", help=", ".join(LOSSES) + "; a setting: gbce:calibration=0.5")
    group.add_argument(
        "--negatives", type=int, metavar="N", help="sampled items a target, for losses that sample"
    )
    group.add_argument("--epochs", type=int, metavar="N", help="at most so many passes")
    group.add_argument("--batch-size", type=int, metavar="B", help="users a step")
    group.add_argument(
        "--batch-by", choices=BATCH_BY, help="steps: batches with equally many items, not users"
    )
    group.add_argument("--lr", type=float, metavar="X", help="step size of AdamW")
    group.add_argument("--weight-decay", type=float, metavar="X", help="on matrices only")
    group.add_argument("--beta2", type=float, metavar="X", help="AdamW's memory of squared gradients")
    group.add_argument("--clip", type=float, metavar="X", help="largest gradient norm; 0 for none")
    group.add_argument(
        "--patience", type=int, metavar="N", help="evaluations without a gain; 0 to never stop"
    )
    group.add_argument("--evaluate-every", type=int, metavar="N", help="epochs between evaluations")
    group.add_argument("--schedule", metavar="|".join(SCHEDULES), help="of the step size")
    group.add_argument("--warmup", type=int, metavar="N", help="steps of a linear rise")
    group.add_argument(
        "--precision", metavar="|".join(PRECISIONS), help="of matrix products; auto measures first"
    )
    group.add_argument(
        "--compile", action="store_const", const=True, help="give the model to torch.compile first"
    )
    group.add_argument("--max-seconds", type=float, metavar="S", help="stop training after so many seconds")
    group.add_argument("--seed", type=int, default=0, metavar="S", help="of training alone; default: 0")
    group = parser.add_argument_group("run")
    group.add_argument("--out", metavar="DIR", help="a run folder, written after every epoch")
    group.add_argument("--resume", action="store_true", help="go on from the state in --out, if there is one")
    group.add_argument("--tensorboard", metavar="DIR", help="a TensorBoard log")
    _running(group)


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out")
    _reading(parser)
    _impressions(parser)
    parser.add_argument(
        "--k", type=int, nargs="+", metavar="K", help="where lists are cut; default: 1 5 10 20"
    )
    parser.add_argument(
        "--ties", choices=TIES, default="expectation", help="order of equal scores; default: expectation"
    )
    _other_log(parser)
    _running(parser)


def _other_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--other-log",
        action="store_true",
        help="allow a log that the run was not trained on, with the same items",
    )


def _recommend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out")
    parser.add_argument(
        "--history",
        metavar='"ID ID ID"',
        help="the log's own item ids, oldest first; quote an id that has spaces",
    )
    _reading(parser, required=False)
    group = parser.add_argument_group("lists")
    group.add_argument("--out", metavar="FILE", help="with --data: a .csv or .parquet file for the lists")
    group.add_argument("--users", metavar="FILE", help="with --data: these users alone, one id a line")
    group.add_argument("--exclude", metavar="FILE", help="items that nobody is shown, one id a line")
    group.add_argument("--k", type=int, metavar="K", help="how many; default: 10")
    group.add_argument(
        "--index",
        metavar="|".join(KINDS),
        help="find the items through an index, kept in the run's folder; default: score every item",
    )
    group.add_argument(
        "--at",
        metavar="TIME",
        help="when the next item is asked for (seconds or a date); a model that does not read it refuses it. "
        "With --data the default is just after the last row",
    )
    _running(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--run",
        metavar="DIR",
        required=True,
        action="append",
        nargs="+",
        dest="folders",
        help="a folder from fit --out; given twice, once for each model, each time with one seed or several",
    )
    _reading(parser)
    _other_log(parser)
    _running(parser)


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--world", required=True, metavar="NAME", help=", ".join([*WORLDS, *OUTLOOK]))
    parser.add_argument("--users", type=int, metavar="N", help="default: the world's own number")
    parser.add_argument("--seed", type=int, metavar="S", help="other people in the same world; default: 0")
    parser.add_argument("--out", required=True, metavar="FILE", help="a .csv or .parquet file")
    parser.add_argument(
        "--impressions",
        metavar="FILE",
        help="write what was shown, with clicks, to this file too (.csv or .parquet; ads and shop)",
    )
