"""Start the local AWS: `python -m local.emulator.launcher`.

Runs until SIGTERM or SIGINT, then stops its Lambda processes and saves its state (with PERSIST_STATE=1).
"""

import os
import sys

from local.emulator.settings import ministack_environment, read_settings
from local.emulator.start_up import run_waiting_work


def main() -> None:
    try:
        settings = read_settings(os.environ)
    except ValueError as refusal:
        raise SystemExit(str(refusal)) from None
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
