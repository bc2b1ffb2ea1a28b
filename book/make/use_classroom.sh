#!/usr/bin/env bash
# Use the archive for a class as its README says, in the folder where it was unpacked; the third command,
# which would open a browser, is replaced by executing a notebook. Run through offline.py by the test.
set -euo pipefail
python=$1 notebook=$2 program=$3
unset PYTHONPATH PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL VIRTUAL_ENV
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONNOUSERSITE=1 OMP_NUM_THREADS=1
export JUPYTER_DATA_DIR=$PWD/jupyter
echo "+ python3 -m venv seqrec"
"$python" -m venv seqrec
echo "+ seqrec/bin/pip install --no-index --find-links wheels -r wheels/requirements.txt"
seqrec/bin/pip install --quiet --no-index --find-links wheels -r wheels/requirements.txt
echo "+ seqrec/bin/jupyter lab --version"
seqrec/bin/jupyter lab --version
seqrec/bin/python -I -c 'import seqrec_lib; print("seqrec_lib", seqrec_lib.__version__, "from", seqrec_lib.__file__)'
echo "+ execute notebooks/$notebook"
seqrec/bin/python "$program" "notebooks/$notebook"
