"""The addons as an archive that is unpacked into a folder of the addons path."""

import zipfile

from .layout import ADDONS, ROOT
from .odoo_run import manifest

#: for every file, so that the same code gives the same archive
TIMESTAMP = (2020, 1, 1, 0, 0, 0)


def build(tree, folder):
    """Write the archive of our addons.

    :param tree: folder that holds the addons in the form of one series
    :param folder: where the archive is put; its name has the series and version
    :return: path of the archive
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"mfg_sync-{manifest('mfg_sync', tree)['version']}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for addon in ADDONS:
            for file in sorted((tree / addon).rglob("*")):
                parts = file.relative_to(tree).parts
                if file.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in parts):
                    _add(archive, "/".join(parts), file.read_bytes())
        # who gets the archive alone reads what to do with it; in the addon, so that no file of theirs is replaced
        readme = (ROOT / "README.md").read_text().replace("](mfg_sync/", "](")
        _add(archive, "mfg_sync/README.md", readme.encode())
        for file in (ROOT / "LICENSE", ROOT / "requirements.txt", *sorted((ROOT / "docs").rglob("*"))):
            if file.is_file():
                _add(archive, f"mfg_sync/{file.relative_to(ROOT).as_posix()}", file.read_bytes())
    return path


def _add(archive, name, content):
    entry = zipfile.ZipInfo(name, TIMESTAMP)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
