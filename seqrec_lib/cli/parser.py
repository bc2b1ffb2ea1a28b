"""The flags of the commands and their help."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.metadata import version as installed

from .. import __version__
from ..compress import METHODS as COMPRESSED
from ..data import OUTLOOK, WORLDS
from ..device import DEVICES, PRECISIONS
from ..evaluation.metrics import TIES
from ..experiments.study import PRUNERS, SAMPLERS
from ..explain import METHODS
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
    _search(
        _command(commands, "search", "try many settings of a model, choose by validation, test the best once")
    )
    _evaluate(_command(commands, "evaluate", "measure the model of a run folder on its data"))
    _recommend(
        _command(commands, "recommend", "list what should come after a history, or for each user of a log")
    )
    _compare(
        _command(commands, "compare", "measure how far two models or more are apart on the same test cases")
    )
    _compress(_command(commands, "compress", "make a smaller run folder of a trained one"))
    _simulate(_command(commands, "simulate", "write a simulated world's log to a file"))
    _export(_command(commands, "export", "write the model of a run folder as an ONNX file"))
    _serve(_command(commands, "serve", "answer over HTTP with the model of a run folder or an ONNX file"))
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    epilog = "" if name in ("simulate", "compress", "export", "serve") else SOURCES
    if name in ("fit", "search"):
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
    group.add_argument(
        "--memory-gb",
        type=float,
        metavar="GB",
        help="sort a CSV or Parquet log that is larger than memory on disk, within so many GB",
    )
    group.add_argument(
        "--items",
        metavar="FILE",
        help="a .csv or .parquet table of the catalogue: a column item, perhaps title, and what is known of "
        "items; recommend scores those that are new to a run by it, where the model reads that",
    )
    group.add_argument("--bad-rows", metavar="POLICY", help="error (default), or drop: leave out and count")
    group.add_argument(
        "--keep-na", action="store_true", default=None, help="text such as NA or none is an id, not missing"
    )
    group.add_argument(
        "--duplicates", metavar="POLICY", help="keep, first, last or error; by event: view=first,buy=keep"
    )
    group.add_argument(
        "--repeats",
        action="store_true",
        default=None,
        help="meeting an item again is normal: rank seen items too",
    )
    group.add_argument(
        "--k-core", type=int, metavar="K", help="keep users and items with K interactions or more"
    )


def _parts(parser: argparse._ActionsContainer) -> None:
    """The files of a split that was made elsewhere; ``--data`` is its training part."""
    parser.add_argument("--validation", metavar="FILE", help="a split made elsewhere: what chooses the epoch")
    parser.add_argument(
        "--test", metavar="FILE", help="a split made elsewhere: what is tested; --data trains"
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


def _learning(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """What is trained on what, and how; returned is the group of training."""
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
        "--split",
        choices=("loo", "temporal", "sessions"),
        default="loo",
        help="default: loo, leave one out; sessions: each user is a session, and is kept whole",
    )
    _parts(group)
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
    group.add_argument("--optimiser", metavar="adamw|muon", help="muon: of linear layers' matrices")
    group.add_argument(
        "--average", type=float, metavar="A", help="test weights averaged over steps, such as .999"
    )
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
    return group


def _fit(parser: argparse.ArgumentParser) -> None:
    group = _learning(parser)
    group.add_argument("--max-seconds", type=float, metavar="S", help="stop training after so many seconds")
    group.add_argument("--seed", type=int, default=0, metavar="S", help="of training alone; default: 0")
    _privacy(parser)
    group = parser.add_argument_group("run")
    group.add_argument("--out", metavar="DIR", help="a run folder, written after every epoch")
    group.add_argument("--resume", action="store_true", help="go on from the state in --out, if there is one")
    group.add_argument(
        "--start-from",
        metavar="DIR",
        help="begin with the weights of this run; items that are new begin fresh",
    )
    group.add_argument(
        "--log", metavar="KIND:DIR", help="each epoch: tensorboard:DIR, or wandb:DIR (offline)"
    )
    _floors(group)
    _running(group)


def _privacy(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("privacy (chapter 19)")
    group.add_argument(
        "--dp-epsilon",
        type=float,
        metavar="E",
        help="train with noise, so that no user changes the weights by more than this budget tells",
    )
    group.add_argument(
        "--dp-delta", type=float, metavar="D", help="chance that the budget fails; default: 0.00001"
    )
    group.add_argument("--dp-clip", type=float, metavar="C", help="longest gradient of a user; default: 1")


def _search(parser: argparse.ArgumentParser) -> None:
    _learning(parser)
    group = parser.add_argument_group("search")
    group.add_argument("--trials", type=int, default=30, metavar="N", help="in all; default: 30")
    group.add_argument(
        "--space",
        action="append",
        default=[],
        metavar="SETTING=VALUES",
        help="what is tried, such as lr=0.001..0.01:log, dropout=0..0.5 or dim=32,64; default: step size, "
        "weight decay, dropout and width around the recipe's own",
    )
    group.add_argument(
        "--sampler", default="tpe", metavar="|".join(SAMPLERS), help="what proposes settings; default: tpe"
    )
    group.add_argument(
        "--pruner",
        default="none",
        metavar="|".join(PRUNERS),
        help="what stops a trial early: hyperband by its epochs, wilcoxon by its seeds; default: none",
    )
    group.add_argument("--seeds", type=int, default=1, metavar="N", help="runs of each trial; default: 1")
    group.add_argument("--seed", type=int, default=0, metavar="S", help="of the sampler; default: 0")
    group.add_argument("--max-seconds", type=float, metavar="S", help="begin no trial after so many seconds")
    group.add_argument(
        "--out",
        metavar="FILE",
        help="keeps the study, and the same command goes on with it: a .db, or a .journal, which several "
        "processes may share",
    )
    _running(parser.add_argument_group("run"))


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
    _floors(parser)
    _parts(parser)
    _other_log(parser)
    _running(parser)


def _floors(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--no-floors",
        action="store_true",
        help="do not measure popularity and Markov; a run folder measures them once",
    )


def _other_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--other-log",
        action="store_true",
        help="allow a log that the run was not trained on; items that it does not have are left out",
    )


def _recommend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out")
    parser.add_argument(
        "--history",
        metavar='"ID ID ID"',
        help='the log\'s own item ids, oldest first; quote an id that has spaces; "": nothing is known',
    )
    _reading(parser, required=False)
    group = parser.add_argument_group("lists")
    group.add_argument("--out", metavar="FILE", help="with --data: a .csv or .parquet file for the lists")
    group.add_argument("--users", metavar="FILE", help="with --data: these users alone, one id a line")
    group.add_argument("--exclude", metavar="FILE", help="items that nobody is shown, one id a line")
    group.add_argument("--candidates", metavar="FILE", help="show items of this list alone, one id a line")
    group.add_argument(
        "--seen",
        choices=("in", "out"),
        help="items of a user's own history; default: out, unless the log was read with --repeats",
    )
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
    group.add_argument(
        "--why",
        nargs="?",
        const="occlusion",
        metavar="METHOD",
        help=f"with --history: name the events that speak for each item, by occlusion (default) or by one of "
        f"{', '.join(name for name in METHODS if name != 'occlusion')}",
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
        help="a folder from fit --out; given once for each model, each time with one seed or several",
    )
    _reading(parser)
    _parts(parser)
    parser.add_argument("--plot", metavar="FILE", help="a picture of the differences: .png, .svg or .pdf")
    _other_log(parser)
    _running(parser)


def _compress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out")
    parser.add_argument(
        "--method",
        metavar="NAME",
        required=True,
        help="; ".join(f"{name}: {about}" for name, about in COMPRESSED.items()),
    )
    parser.add_argument("--pieces", type=int, metavar="M", help="of codes: bytes an item; default: 8")
    parser.add_argument(
        "--kept", type=float, metavar="SHARE", help="of sparse: the share of numbers that stays; default: 0.1"
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="the folder of the smaller run")
    parser.add_argument("--json", metavar="FILE", help="write the sizes to a file; - prints them alone")


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


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out")
    parser.add_argument(
        "--out", metavar="FILE", required=True, help="the .onnx file; ids and titles go to a .json beside it"
    )
    parser.add_argument("--json", action="store_true", help="print size and relative error as JSON")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--run", metavar="DIR", required=True, dest="folder", help="a folder from fit --out, or a .onnx file"
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine alone, 127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="0: any free one; default: 8000")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="questions at once; default: 1")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of one question; default: 1")
    parser.add_argument(
        "--most-waiting", type=int, default=64, metavar="N", help="one more gets 503; default: 64"
    )
    parser.add_argument(
        "--most-bytes", type=int, default=2**20, metavar="N", help="a larger body gets 413; default: 1 MiB"
    )
    parser.add_argument(
        "--watch", type=float, metavar="SECONDS", help="look for changed files so often; default: on /reload"
    )
