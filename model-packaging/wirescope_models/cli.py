"""`python -m wirescope_models`: build the model archives, pin a hub model's commit and SHA-256, or calibrate."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage, read_packages
from wirescope_models.packaging import build_package
from wirescope_models.weights import fetch_weights

STATE_DIR = Path(__file__).resolve().parents[2] / ".wirescope"

EXIT_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="wirescope_models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    package = commands.add_parser("package", help="build OUT/<package>/<version>/model.tar.gz")
    package.add_argument("--out", type=Path, default=STATE_DIR / "models", metavar="DIR")
    package.add_argument("--weights", type=Path, default=STATE_DIR / "weights", metavar="DIR")
    package.add_argument("--only", metavar="PACKAGE,...", help="these packages instead of all")
    package.add_argument(
        "--formats",
        metavar="FORMAT,...",
        help="these formats instead of the one that ships; `all` for all that a package has (formats.py)",
    )
    pin = commands.add_parser("pin", help="write a hub model's commit and SHA-256 into its model.json")
    pin.add_argument("package", metavar="PACKAGE")
    pin.add_argument("--revision", default="main", help="a branch, tag or commit of the hub repository")
    calibrate = commands.add_parser("calibrate", help="find the activation ranges of the 8-bit shots graph anew")
    calibrate.add_argument("package", metavar="PACKAGE")
    calibrate.add_argument("--weights", type=Path, default=STATE_DIR / "weights", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        if options.command == "pin":
            from wirescope_models.pinning import pin_package

            print(pin_package(read_packages([options.package])[0], options.revision))
        elif options.command == "calibrate":
            from wirescope_models.transnetv2_calibration import write_ranges

            (package,) = read_packages([options.package])
            print(write_ranges(package, fetch_weights(package.source, options.weights)))
        else:
            _package(options)
    except PackagingFailed as failure:
        print(f"{failure}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _package(options: argparse.Namespace) -> None:
    packages = read_packages(options.only.split(",") if options.only else None)
    for package in packages:
        for name in _chosen_formats(package, options.formats):
            started = time.monotonic()
            built = build_package(package, options.out, options.weights, format=name)
            state = f"built in {time.monotonic() - started:.1f} s" if built.is_new else "unchanged"
            print(f"{package.name} {package.version} {name}  {built.size_bytes / 1e6:.1f} MB  {built.sha256}  {state}")
            print(f"  {built.path}")


def _chosen_formats(package: ModelPackage, given: str | None) -> list[str]:
    if given is None:
        return [package.format]
    from wirescope_models.formats import formats_of

    return formats_of(package) if given == "all" else given.split(",")
