"""What Discord takes: the limits of messages, components, files, modals and commands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.bot.discord.loopback.world import COMPONENTS_V2, StoredFile, walk

CONTENT, V2_TEXT, V2_PARTS, EMBEDS_TEXT = 2000, 4000, 40, 6000
ROW, BUTTON, SELECT, INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
SELECTS = {SELECT, 5, 6, 7, 8}
_TOP_V2 = {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER}
_NAME = re.compile(r"[-_'\w]{1,32}")
MAX_FILES, MAX_REQUEST = 10, 25 * 1024 * 1024


class RefusedError(Exception):
    """An answer other than yes."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def bad(message: str) -> RefusedError:
    return RefusedError(400, 50035, message)


def require(condition: object, message: str) -> None:
    if not condition:
        raise bad(message)


def check_message(payload: dict[str, Any], files: Iterable[StoredFile], *, flags: int) -> None:
    """Refuse a message, as it would stand after the request, that breaks a rule."""
    names = {file.name for file in files}
    components = payload.get("components") or []
    embeds = payload.get("embeds") or []
    content = payload.get("content") or ""
    if flags & COMPONENTS_V2:
        require(not content and not embeds, "content and embeds do not go with components V2")
        _check_layout(components)
    else:
        require(len(content) <= CONTENT, f"content: {len(content)} characters")
        require(len(components) <= 5, f"components: {len(components)} rows")
        require(all(part["type"] == ROW for part in components), "components: rows only")
        _check_embeds(embeds)
    _check_parts(components)
    _check_media(components, embeds, names)
    if not (content or embeds or names or components):
        raise RefusedError(400, 50006, "Cannot send an empty message")


def _check_layout(components: list[dict[str, Any]]) -> None:
    parts = walk(components)
    require(parts, "components: none in a layout")
    require(len(parts) <= V2_PARTS, f"components: {len(parts)} in all")
    words = sum(len(part["content"]) for part in parts if part["type"] == TEXT)
    require(words <= V2_TEXT, f"components: {words} characters of text")
    for part in components:
        require(part["type"] in _TOP_V2, f"components: type {part['type']} at the top")
    for part in parts:
        if part["type"] == CONTAINER:
            inside = {child["type"] for child in part["components"]}
            require(inside and inside <= _TOP_V2 - {CONTAINER}, f"container: {inside}")
        elif part["type"] == SECTION:
            texts = part["components"]
            require(1 <= len(texts) <= 3, "section: 1 to 3 texts")
            require(all(text["type"] == TEXT for text in texts), "section: texts only")
            accessory = (part.get("accessory") or {}).get("type")
            require(accessory in {BUTTON, THUMBNAIL}, "section: an accessory")
        elif part["type"] == TEXT:
            require(part["content"].strip(), "text display: empty")


def _check_parts(components: list[dict[str, Any]]) -> None:
    parts = walk(components)
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    require(len(ids) == len(set(ids)), f"custom_id: twice in {ids}")
    for part in parts:
        if part["type"] == ROW:
            _check_row(part["components"])
        elif part["type"] == BUTTON:
            _check_button(part)
        elif part["type"] in SELECTS:
            _check_select(part)


def _check_row(inside: list[dict[str, Any]]) -> None:
    require(inside, "row: empty")
    kinds = {part["type"] for part in inside}
    if kinds & SELECTS:
        require(len(inside) == 1, "row: a select stands alone")
    else:
        require(kinds == {BUTTON} and len(inside) <= 5, f"row: {len(inside)} of types {kinds}")


def _check_button(part: dict[str, Any]) -> None:
    label = part.get("label") or ""
    require(label or part.get("emoji"), "button: neither label nor emoji")
    require(len(label) <= 80, f"button: label of {len(label)}")
    if part.get("style") == 5:
        require(part.get("url") and not part.get("custom_id"), "button: a link has a url alone")
    else:
        require(1 <= len(part.get("custom_id") or "") <= 100, "button: custom_id")


def _check_select(part: dict[str, Any]) -> None:
    require(1 <= len(part.get("custom_id") or "") <= 100, "select: custom_id")
    require(len(part.get("placeholder") or "") <= 150, "select: placeholder")
    if part["type"] != SELECT:
        return
    options = part.get("options") or []
    require(1 <= len(options) <= 25, f"select: {len(options)} options")
    values = [option["value"] for option in options]
    require(len(values) == len(set(values)), "select: a value twice")
    for option in options:
        require(1 <= len(option["label"]) <= 100, f"option: label of {len(option['label'])}")
        require(1 <= len(option["value"]) <= 100, "option: value")
        require(len(option.get("description") or "") <= 100, "option: description")


def _check_embeds(embeds: list[dict[str, Any]]) -> None:
    require(len(embeds) <= 10, f"embeds: {len(embeds)}")
    total = 0
    for embed in embeds:
        fields = embed.get("fields") or []
        require(len(fields) <= 25, f"embed: {len(fields)} fields")
        texts = [
            (embed.get("title") or "", 256),
            (embed.get("description") or "", 4096),
            ((embed.get("footer") or {}).get("text") or "", 2048),
            ((embed.get("author") or {}).get("name") or "", 256),
            *((f["name"], 256) for f in fields),
            *((f["value"], 1024) for f in fields),
        ]
        for text, most in texts:
            require(len(text) <= most, f"embed: a text of {len(text)}, at most {most}")
            total += len(text)
    require(total <= EMBEDS_TEXT, f"embeds: {total} characters")


def media_of(components: list[dict[str, Any]], embeds: list[dict[str, Any]]) -> list[str]:
    """Return the addresses of all media that a message shows."""
    urls = []
    for part in walk(components):
        if part["type"] == GALLERY:
            urls += [item["media"]["url"] for item in part["items"]]
        elif part["type"] == THUMBNAIL:
            urls.append(part["media"]["url"])
        elif part["type"] == FILE:
            urls.append(part["file"]["url"])
    for embed in embeds:
        urls += [embed[name]["url"] for name in ("image", "thumbnail") if embed.get(name)]
    return urls


def _check_media(
    components: list[dict[str, Any]], embeds: list[dict[str, Any]], names: set[str]
) -> None:
    for part in walk(components):
        if part["type"] == GALLERY:
            require(1 <= len(part["items"]) <= 10, f"gallery: {len(part['items'])} items")
            for item in part["items"]:
                require(len(item.get("description") or "") <= 1024, "gallery: description")
        if part["type"] == THUMBNAIL:
            require(len(part.get("description") or "") <= 1024, "thumbnail: description")
    for url in media_of(components, embeds):
        if url.startswith("attachment://"):
            name = url.removeprefix("attachment://")
            require(name in names, f"media: no attachment {name} among {sorted(names)}")
        else:
            require(url.startswith("http"), f"media: {url[:60]}")


def check_modal(data: dict[str, Any]) -> None:
    """Refuse a modal that breaks a rule."""
    require(1 <= len(data.get("title") or "") <= 45, "modal: title")
    require(1 <= len(data.get("custom_id") or "") <= 100, "modal: custom_id")
    rows = data.get("components") or []
    require(1 <= len(rows) <= 5, f"modal: {len(rows)} components")
    for row in rows:
        require(row["type"] in {ROW, LABEL, TEXT}, f"modal: type {row['type']}")
        if row["type"] == LABEL:
            require(1 <= len(row["label"]) <= 45, "modal: label")
            require(len(row.get("description") or "") <= 100, "modal: description")
    for part in walk(rows):
        if part["type"] == INPUT:
            label = part.get("label")
            require(label is None or 1 <= len(label) <= 45, "input: label")
            require(len(part.get("placeholder") or "") <= 100, "input: placeholder")
            most = part.get("max_length") or 4000
            require(1 <= most <= 4000, "input: max_length")
            require(len(part.get("value") or "") <= most, "input: value")


def check_choices(choices: list[dict[str, Any]]) -> None:
    """Refuse an autocomplete's answer that breaks a rule."""
    require(len(choices) <= 25, f"choices: {len(choices)}")
    for choice in choices:
        require(1 <= len(choice["name"]) <= 100, "choice: name")
        require(len(str(choice["value"])) <= 100, "choice: value")


def check_commands(commands: list[dict[str, Any]]) -> None:
    """Refuse definitions of commands that break a rule."""
    slash = [command for command in commands if command.get("type", 1) == 1]
    require(len(slash) <= 100, f"commands: {len(slash)}")
    for command in commands:
        if command.get("type", 1) == 1:
            _check_named(command)
            _check_options(command.get("options") or [])
        else:
            require(1 <= len(command["name"]) <= 32, "menu: name")
            require(not command.get("description"), "menu: no description")
            for text in (command.get("name_localizations") or {}).values():
                require(1 <= len(text) <= 32, "menu: name")


def _check_options(options: list[dict[str, Any]]) -> None:
    require(len(options) <= 25, f"options: {len(options)}")
    ranks = [bool(option.get("required")) for option in options if option["type"] > 2]
    require(ranks == sorted(ranks, reverse=True), "options: required ones come first")
    for locale in ("", *{loc for o in options for loc in o.get("name_localizations") or {}}):
        names = [(o.get("name_localizations") or {}).get(locale, o["name"]) for o in options]
        require(len(names) == len(set(names)), f"options: {names} in {locale or 'English'}")
    for option in options:
        _check_named(option)
        choices = option.get("choices") or []
        require(len(choices) <= 25, f"option: {len(choices)} choices")
        require(not (choices and option.get("autocomplete")), "option: choices and autocomplete")
        for choice in choices:
            names = [choice["name"], *(choice.get("name_localizations") or {}).values()]
            require(all(1 <= len(name) <= 100 for name in names), "choice: name")
        _check_options(option.get("options") or [])


def _check_named(item: dict[str, Any]) -> None:
    for name in (item["name"], *(item.get("name_localizations") or {}).values()):
        require(_NAME.fullmatch(name) and name == name.lower(), f"name: {name!r}")
    texts = (item["description"], *(item.get("description_localizations") or {}).values())
    for text in texts:
        require(1 <= len(text) <= 100, f"description of {item['name']}: {len(text)} characters")
