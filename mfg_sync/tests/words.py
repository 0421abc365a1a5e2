"""What people read is in the files of translators: the words that Odoo exports of an addon are those of its ``.pot``.

``MFG_SYNC_WORDS=write ./setup/test mfg_sync*/tests/test_words.py --series 17.0`` writes the ``.pot`` anew, and gives
every ``.po`` beside it the new words, still without translation.
"""

import io
import os
import re
from pathlib import Path

import polib

from odoo import release
from odoo.modules.module import get_module_path
from odoo.tools import translate

#: what is filled in
NAMED = re.compile(r"%(?:\([a-z_]+\))?[a-z]|\{[^}]*\}")


class WordsMixin:
    """A test of :attr:`ADDON`."""

    ADDON = None

    def setUp(self):
        super().setUp()
        if os.environ.get("MFG_SYNC_WORDS") == "write" and self._is_written_for():
            self._write(self._exported())

    def test_translators_get_all_words_and_no_others(self):
        exported, pot = self._exported(), self._file(f"{self.ADDON}.pot")
        self.assertEqual(self._differences(exported, pot), [], "see mfg_sync/tests/words.py")

    def test_every_translation_has_the_words_of_the_pot(self):
        words = set(map(_key, self._file(f"{self.ADDON}.pot")))
        for path in self._folder().glob("*.po"):
            with self.subTest(path.name):
                self.assertEqual(set(map(_key, self._file(path.name))) ^ words, set())

    def test_a_translation_names_what_its_words_name(self):
        """Else the sentence breaks where it is to be said."""
        for path in self._folder().glob("*.po"):
            for entry in self._file(path.name).translated_entries():
                with self.subTest(entry.msgid):
                    self.assertEqual(sorted(NAMED.findall(entry.msgstr)), sorted(NAMED.findall(entry.msgid)))

    def _folder(self):
        return Path(get_module_path(self.ADDON), "i18n")

    def _file(self, name):
        return polib.pofile(str(self._folder() / name))

    def _exported(self):
        self.env.flush_all()
        buffer = io.BytesIO()
        # its last argument is a cursor on 17.0, an environment on 19.0
        last = self.env.cr if self._is_written_for() else self.env
        # what a file can't be read for is logged only, and its words are missing
        with self.assertNoLogs("odoo.tools.translate", "ERROR"):
            translate.trans_export(None, [self.ADDON], buffer, "po", last)
        return polib.pofile(buffer.getvalue().decode())

    def _differences(self, exported, pot):
        found = set(map(_key, exported)) ^ set(map(_key, pot))
        if not self._is_written_for():
            # what another series calls its models and fields, which ours inherit
            found -= {_key(entry) for entry in (*exported, *pot) if _is_name(entry)}
        return sorted(found)

    @staticmethod
    def _is_written_for():
        return release.version_info[:2] == (17, 0)

    def _write(self, exported):
        if self._differences(exported, self._file(f"{self.ADDON}.pot")):
            exported.save(str(self._folder() / f"{self.ADDON}.pot"))
        for path in self._folder().glob("*.po"):
            translation = self._file(path.name)
            translation.merge(exported)
            for entry in translation.obsolete_entries():
                translation.remove(entry)
            translation.save(str(path))


def _key(entry):
    return entry.msgid


def _is_name(entry):
    """Whether it stands nowhere but as the name of a model or field, or a field's help."""
    return all(place.startswith(("model:ir.model,", "model:ir.model.fields,")) for place, _line in entry.occurrences)
