"""A small loopback Discord for this project's tests: REST and gateway on one port of 127.0.0.1.

It is strict where Discord is: acknowledge within 3 s, tokens that expire, the limits of messages,
layouts, files, modals and commands, whole lists of attachments, nonces, permissions, rate limits.

    async with LoopbackDiscord() as discord:
        guild = discord.add_guild()                      # before the bot connects
        ann = discord.person("Ann", guild)               # at the server's first channel
        mod = discord.person("Mo", guild, moderator=True); bea = discord.person("Bea")   # DMs
        ... start the bot with discord.api_url, discord.gateway_url, discord.token
            (a process: with discord.environment) ...
        await discord.gateway.ready.wait(); await discord.until(lambda: discord.commands)
        asked = await ann.slash("story", idea="a fox", pages=2)      # -> Interaction
        answer = await ann.answered(asked)                           # -> Message (ephemeral)
        page = await discord.message(lambda m: "Page 1" in m.text)   # public, of the bot
        asked = await ann.click(page, "Continue")                    # a label or custom id
        await ann.submit(await ann.modal(asked), direction="he flies")
        await ann.say("he sings", reply_to=page, ping=False)
        await discord.check()                            # no rule broken, nobody left waiting

``Person``: slash, autocomplete (returns [(name, value)]), menu, click, select, submit, say,
answered, modal. A deed that a real client would not allow raises ``UserError``.
``Interaction``: callback (4 reply, 5/6 deferred, 7 update, 8 choices, 9 modal), acked_after_s,
response, followups, answers, text, modal, source; ``expired = True`` kills its token.
``Message``: text (all words), content, embeds, components, buttons, selects, button(label),
file(name).data, files, flags, ephemeral, reply_to, edits, deleted, versions (every state);
``too_old = True`` lets edits fail with 30046.
Knobs: ``fail(regex, status=, times=, after=)``, ``limits.force(regex, times=, retry_after_s=)``,
``limits.enabled``, ``limits.hits`` (429s that were not forced), ``ack_timeout_s``,
``token_lifetime_s``, ``max_file_bytes``, ``blocked_dms``, ``add_channel(denied=("send_messages",),
kind=FORUM, nsfw=)``, ``delete_message/delete_channel/kick_bot``, ``allow_message_content()``,
``gateway.cut(code=)``, ``.ask_to_reconnect()``, ``.forget_session()``, ``.refuse``,
``.identified``, ``.resumed``. What happened: ``violations``, ``rest.requests``, ``rest.unknown``,
``syncs``, ``commands``.

Left out: shards, voice, reactions, roles of people, guild commands, other people's edits.
"""

from tests.bot.discord.loopback.people import Person, UserError
from tests.bot.discord.loopback.server import LoopbackDiscord
from tests.bot.discord.loopback.world import (
    DM,
    EPHEMERAL,
    FORUM,
    LOADING,
    THREAD,
    Channel,
    Guild,
    Interaction,
    Message,
    User,
)

__all__ = [
    "DM",
    "EPHEMERAL",
    "FORUM",
    "LOADING",
    "THREAD",
    "Channel",
    "Guild",
    "Interaction",
    "LoopbackDiscord",
    "Message",
    "Person",
    "User",
    "UserError",
]
