"""Writes photographs.json: small JPEGs with the pixels that OpenCV decodes, and small pictures with those that its
resize and cvtColor give.

    python3 make.py > photographs.json

All bytes are in base64; pixels are rows from the top, red, green, blue. Needs PyPI's opencv-python-headless
below 5, Pillow and numpy.
"""

import base64
import io
import json

import cv2
import numpy as np
from PIL import Image


def text(values):
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def picture(width, height, channels):
    """Pixels by a rule that the tests follow as well: no two rows or columns alike."""
    i = np.arange(width * height * channels, dtype=np.int64)
    return ((i * i * 7 + i * 13) % 251).astype(np.uint8).reshape(height, width, channels)


def smooth(width, height):
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) * 128 // (width + height)], 2).astype(np.uint8)


def jpeg(name, image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    data = np.frombuffer(file.getvalue(), np.uint8)
    case = {"name": name, "file": base64.b64encode(data).decode()}
    if image.mode == "CMYK":
        return case
    pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR_RGB)
    case |= {"width": pixels.shape[1], "height": pixels.shape[0], "pixels": text(pixels)}
    return case


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(f"orientation {orientation}", Image.fromarray(smooth(11, 6)), quality=90, exif=exif)


colours = Image.fromarray(smooth(21, 13))
jpegs = [
    jpeg("colours at half size", colours, quality=85),
    jpeg("colours in full", colours, quality=85, subsampling=0),
    jpeg("progressive", colours, quality=85, progressive=True),
    jpeg("grey", colours.convert("L"), quality=85),
    jpeg("four colours", colours.convert("CMYK"), quality=85),
] + [turned(n) for n in range(1, 9)]

resized = []
for width, height, channels, to in [
    (13, 9, 3, (8, 8)), (7, 5, 1, (16, 11)), (8, 6, 3, (4, 3)), (9, 9, 1, (9, 9)), (31, 2, 3, (3, 7)), (1, 1, 3, (4, 4)),
    (64, 48, 1, (13, 17)),
]:
    result = cv2.resize(picture(width, height, channels), to, interpolation=cv2.INTER_LINEAR)
    resized.append({"from": [width, height, channels], "to": to, "pixels": text(result)})

print(json.dumps({
    "jpegs": jpegs, "resized": resized,
    "luma": text(cv2.cvtColor(picture(32, 8, 3), cv2.COLOR_RGB2GRAY)),
}, indent=1))
