"""PySceneDetect over the clips, with its own defaults: `python -m benchmark.rivals CLIPS FILE SET`.

Runs in the measure's own Python. Writes the first frames of the scenes but the first, by detector and clip.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from scenedetect import AdaptiveDetector, ContentDetector, detect

DETECTORS = {"content": ContentDetector, "adaptive": AdaptiveDetector}


def run(clips: Path, file: Path, chosen: str) -> None:
    truth = json.loads((clips / "truth.json").read_text())
    wanted = [clip for clip in truth["clips"] if clip["set"] == chosen]
    found = {
        name: {clip["name"]: _cuts(clips / clip["file"], detector()) for clip in wanted}
        for name, detector in DETECTORS.items()
    }
    file.write_text(json.dumps({"version": version("scenedetect-headless"), "cuts": found}))


def _cuts(path: Path, detector: ContentDetector | AdaptiveDetector) -> list[int]:
    return [start.frame_num for start, _ in detect(str(path), detector)][1:]


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
