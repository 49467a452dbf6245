"""Start the local AWS: `python -m local.emulator.launcher`.

Runs until SIGTERM or SIGINT, then stops its Lambda processes and saves its state (with PERSIST_STATE=1).
"""

import os
import shutil
import subprocess
import sys

from local.emulator.settings import ministack_environment, read_settings
from local.emulator.start_up import run_waiting_work

# The major version of the Lambda runtime the stacks declare.
NODE_MAJOR = 24


def refuse_other_node() -> None:
    """Lambdas run on the first `node` on PATH; raises SystemExit where that is another Node than in AWS, or none."""
    advice = f"Lambdas need Node {NODE_MAJOR}: run `npm ci`, and put node_modules/.bin first on PATH."
    node = shutil.which("node")
    if node is None:
        raise SystemExit(f"There is no node on PATH. {advice}")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not version.startswith(f"v{NODE_MAJOR}."):
        raise SystemExit(f"The first node on PATH, {node}, is {version or 'no Node'}. {advice}")


def main() -> None:
    try:
        settings = read_settings(os.environ)
    except ValueError as refusal:
        raise SystemExit(str(refusal)) from None
    refuse_other_node()
    os.environ.update(ministack_environment(settings, os.environ))
    # An S3 endpoint of its own would win over AWS_ENDPOINT_URL in every Lambda.
    os.environ.pop("AWS_ENDPOINT_URL_S3", None)
    for folder in (settings.state_dir, settings.s3_data_dir, settings.temporary_dir):
        os.makedirs(folder, exist_ok=True)
    sys.argv = sys.argv[:1]

    # MiniStack reads its environment when it is imported, so only from here on.
    from local.emulator import shut_down
    from local.emulator.fit import PatchDoesNotFit
    from local.emulator.patches import apply_all

    try:
        apply_all(settings)
        shut_down.apply(settings)
    except PatchDoesNotFit as misfit:
        raise SystemExit(str(misfit)) from None
    run_waiting_work(settings)

    from ministack import app

    app.main()


if __name__ == "__main__":
    main()
