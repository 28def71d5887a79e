"""What can be set, where each value came from, and who is at home.

`load_settings()` gives a `Settings` value; nothing is read before it is called, nobody keeps a global
one.
"""

from penstock.settings.load import Place, SettingInvalid, load_settings, locate
from penstock.settings.tree import Secret, Settings

__all__ = ["Place", "Secret", "SettingInvalid", "Settings", "load_settings", "locate"]
