"""ZIP archives that are the same bytes whenever they hold the same files."""

from __future__ import annotations

import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)


def zip_entry(archive: zipfile.ZipFile, name: str, content: bytes, *, packed: bool = True) -> None:
    """Add a file under a fixed date; ``packed`` compresses it."""
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.external_attr = 0o644 << 16
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    archive.writestr(entry, content, compress_type=kind)
