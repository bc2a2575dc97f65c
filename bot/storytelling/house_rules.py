"""What holds in a community: the bot's own settings, and what its moderators chose within them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import community_settings
from bot.library.community_settings import CommunitySettings
from bot.library.database import Connection
from bot.settings import LimitSettings, Settings
from bot.storytelling.admission import Limits
from bot.storytelling.moderation import rules_from


@dataclass(frozen=True)
class HouseRules:
    """One community's rules at this moment."""

    settings: Settings
    chosen: CommunitySettings

    @property
    def limits(self) -> Limits:
        """How much may be asked for at a time and a day."""
        return Limits.from_settings(
            self.settings.limits,
            cooldown_s=self.chosen.cooldown_s,
            daily_budget_s=self.chosen.daily_budget_s,
        )

    @property
    def sizes(self) -> LimitSettings:
        """How long texts and stories may be."""
        limits = self.settings.limits
        return limits.model_copy(update={"pages": min(limits.pages, self.chosen.pages)})

    @property
    def blocked_words(self) -> tuple[str, ...]:
        """Words that nothing typed may hold."""
        return rules_from(self.settings.moderation, self.chosen).words


async def house_rules(connection: Connection, settings: Settings, community: str) -> HouseRules:
    """Read a community's rules."""
    defaults = community_settings.defaults_from(settings)
    return HouseRules(settings, await community_settings.load(connection, community, defaults))
