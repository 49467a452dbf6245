"""A benchmark of shot detection with exact truth, composed of installed footage."""
