"""Writes one timeline by OpenTimelineIO: `edit_list.py edl|otio` takes a shot list on standard input, as JSON.

See shot-list.ts for its fields. Frames are counted on the timecode clock of `rate`.
"""

import json
import sys

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange


def timeline_of(shots: dict) -> otio.schema.Timeline:
    """One video track that plays the whole source, cut where it is cut; a gradual transition is a marker on its clip."""
    rate = shots["rate"]

    def span(start: int, count: int) -> TimeRange:
        return TimeRange(RationalTime(start, rate), RationalTime(count, rate))

    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    for entry in shots["entries"]:
        source = otio.schema.ExternalReference(
            target_url=shots["source"]["url"],
            available_range=span(shots["source"]["startFrame"], shots["source"]["frameCount"]),
        )
        clip = otio.schema.Clip(
            name=entry["name"],
            media_reference=source,
            source_range=span(entry["startFrame"], entry["frameCount"]),
            metadata={"wirescope": entry["facts"], "cmx_3600": {"reel": shots["source"]["reel"]}},
        )
        if entry["kind"] == "gradual":
            clip.markers.append(
                otio.schema.Marker(
                    name="gradual transition",
                    color=otio.schema.MarkerColor.YELLOW,
                    marked_range=span(entry["startFrame"], entry["frameCount"]),
                )
            )
        track.append(clip)
    timeline = otio.schema.Timeline(name=shots["title"], metadata={"wirescope": shots["facts"]})
    timeline.tracks.append(track)
    return timeline


def edit_decision_list(shots: dict) -> str:
    """CMX 3600. The adapter leaves out how frames are counted, which an edit suite must know before the first event."""
    written = otio.adapters.write_to_string(timeline_of(shots), "cmx_3600", rate=shots["rate"])
    title, rest = written.split("\n", 1)
    count = "DROP FRAME" if shots["isDropFrame"] else "NON-DROP FRAME"
    return f"{title}\nFCM: {count}\n{rest}"


def main() -> None:
    shots = json.load(sys.stdin)
    if sys.argv[1] == "edl":
        sys.stdout.write(edit_decision_list(shots))
    else:
        sys.stdout.write(otio.adapters.write_to_string(timeline_of(shots), "otio_json"))


if __name__ == "__main__":
    main()
