"""The methods of the Bot API that change or show chats; each checks what Telegram checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.bot.telegram.loopback.rules import (
    MAX_ANSWER,
    MAX_CAPTION,
    MAX_COMMAND,
    MAX_DESCRIPTION,
    MAX_FILE,
    MAX_TEXT,
    ApiError,
    check_keyboard,
    photo_size,
    read_html,
    units,
)
from tests.bot.telegram.loopback.world import BOT, ME, Chat, Message, World

Values = dict[str, Any]
Files = dict[str, bytes]
Method = Callable[[Values, Files], Any]
_IGNORED = {
    "setmydescription", "setmyshortdescription", "setmyname", "setchatmenubutton",
    "setmessagereaction", "logout", "close",
}  # fmt: skip
_MEDIA = ("photo", "document")
# What an edit leaves as it was.
_KEPT = (
    "message_id", "date", "chat", "from", "message_thread_id", "is_topic_message",
    "reply_to_message",
)  # fmt: skip


class Methods:
    """Looks methods up by name, whatever their case, as Telegram does."""

    def __init__(self, world: World) -> None:
        self.world = world

    def find(self, method: str) -> Method | None:
        """Return a method; None for one that the loopback does not know."""
        if method.lower() in _IGNORED:
            return lambda values, files: True
        offered = (name for name in dir(self) if name.startswith("do_"))
        names = {name.removeprefix("do_").replace("_", ""): name for name in offered}
        name = names.get(method.lower())
        return getattr(self, name) if name else None

    def do_get_me(self, values: Values, files: Files) -> Values:
        return ME

    def do_send_message(self, values: Values, files: Files) -> Values:
        chat = self._chat(values)
        return self._send(chat, values, self._text(values))

    def do_send_photo(self, values: Values, files: Files) -> Values:
        chat = self._chat(values)
        return self._send(
            chat, values, self._photo(values.get("photo"), files) | self._caption(values)
        )

    def do_send_document(self, values: Values, files: Files) -> Values:
        chat = self._chat(values)
        fields = self._document(values, values.get("document"), files)
        return self._send(chat, values, fields | self._caption(values))

    def do_send_media_group(self, values: Values, files: Files) -> list[Values]:
        chat, media = self._chat(values), values.get("media") or []
        if not 2 <= len(media) <= 10:
            raise ApiError("wrong number of media, must be from 2 to 10")
        if values.get("reply_markup"):
            raise ApiError("an album has no keyboard")
        parts = [self._media(item, files) for item in media]
        return [self._send(chat, values, part) for part in parts]

    def do_send_message_draft(self, values: Values, files: Files) -> bool:
        chat = self._chat(values)
        if not chat.private:
            raise ApiError("TEXTDRAFT_PEER_INVALID")
        chat.drafts.append(values | self._text(values))
        self.world.changed()
        return True

    def do_send_chat_action(self, values: Values, files: Files) -> bool:
        self._chat(values).actions.append(str(values.get("action")))
        return True

    def do_edit_message_text(self, values: Values, files: Files) -> Values:
        message = self._own(values)
        if message.raw.get("photo") or message.raw.get("document"):
            raise ApiError("there is no text in the message to edit")
        return self._edit(message, values, self._text(values))

    def do_edit_message_caption(self, values: Values, files: Files) -> Values:
        message = self._own(values)
        if not (message.raw.get("photo") or message.raw.get("document")):
            raise ApiError("there is no caption in the message to edit")
        media = {key: message.raw[key] for key in _MEDIA if key in message.raw}
        return self._edit(message, values, media | self._caption(values))

    def do_edit_message_media(self, values: Values, files: Files) -> Values:
        message = self._own(values)
        return self._edit(message, values, self._media(values.get("media") or {}, files))

    def do_edit_message_reply_markup(self, values: Values, files: Files) -> Values:
        message = self._own(values)
        content = {k: v for k, v in message.raw.items() if k not in (*_KEPT, "reply_markup")}
        return self._edit(message, values, content)

    def do_delete_message(self, values: Values, files: Files) -> bool:
        message = self._chat(values).messages.get(int(values["message_id"]))
        if message is None or message.deleted:
            raise ApiError("message to delete not found")
        message.deleted = True
        self.world.changed()
        return True

    def do_answer_callback_query(self, values: Values, files: Files) -> bool:
        press = str(values.get("callback_query_id"))
        if press not in self.world.pressed or press in self.world.answers:
            raise ApiError("query is too old and response timeout expired or query ID is invalid")
        if units(str(values.get("text", ""))) > MAX_ANSWER:
            raise ApiError("MESSAGE_TOO_LONG")
        told = {key: values[key] for key in ("text", "show_alert", "url") if values.get(key)}
        self.world.answers[press] = told
        self.world.changed()
        return True

    def do_set_my_commands(self, values: Values, files: Files) -> bool:
        for command in values["commands"]:
            name, told = command["command"], command["description"]
            if not (
                1 <= len(name) <= MAX_COMMAND
                and name.replace("_", "").isalnum()
                and name == name.lower()
            ):
                raise ApiError("BOT_COMMAND_INVALID")
            if not 1 <= units(told) <= MAX_DESCRIPTION:
                raise ApiError("BOT_COMMAND_DESCRIPTION_INVALID")
        if len(values["commands"]) > 100:
            raise ApiError("BOT_COMMANDS_TOO_MUCH")
        self.world.commands[_scope(values)] = values["commands"]
        return True

    def do_get_my_commands(self, values: Values, files: Files) -> list[dict[str, str]]:
        return self.world.commands.get(_scope(values), [])

    def do_delete_my_commands(self, values: Values, files: Files) -> bool:
        self.world.commands.pop(_scope(values), None)
        return True

    def do_get_file(self, values: Values, files: Files) -> Values:
        name = str(values["file_id"])
        if name not in self.world.files:
            raise ApiError("wrong file_id or the file is temporarily unavailable")
        if len(self.world.files[name]) > 20_000_000:
            raise ApiError("file is too big")
        return {
            "file_id": name, "file_unique_id": f"u-{name}", "file_path": f"files/{name}",
            "file_size": len(self.world.files[name]),
        }  # fmt: skip

    def do_get_chat(self, values: Values, files: Files) -> Values:
        return {**self._chat(values).raw, "accent_color_id": 0, "max_reaction_count": 11}

    def do_get_chat_member(self, values: Values, files: Files) -> Values:
        chat, number = self._chat(values), int(values["user_id"])
        if number == BOT["id"]:
            return {"user": BOT, "status": "member"}
        if number not in chat.members:
            raise ApiError("user not found")
        user = chat.members[number]
        return _admin(user) if number in chat.admins else {"user": user, "status": "member"}

    def do_get_chat_administrators(self, values: Values, files: Files) -> list[Values]:
        chat = self._chat(values)
        return [_admin(chat.members[number]) for number in sorted(chat.admins)]

    def do_leave_chat(self, values: Values, files: Files) -> bool:
        self._chat(values).closed = "bot is not a member of the supergroup chat"
        return True

    def _chat(self, values: Values) -> Chat:
        try:
            chat = self.world.chats[int(values["chat_id"])]
        except (KeyError, ValueError):
            raise ApiError("chat not found") from None
        if chat.moved_to:
            raise ApiError(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to
            )
        if chat.closed:
            raise ApiError(chat.closed, status=403)
        return chat

    def _own(self, values: Values) -> Message:
        """Return the bot's message that is to be edited."""
        chat = self._chat(values)
        message = chat.messages.get(int(values.get("message_id") or 0))
        if message is None or message.deleted:
            raise ApiError("message to edit not found")
        if not message.from_bot:
            raise ApiError("message can't be edited")
        return message

    def _send(self, chat: Chat, values: Values, fields: Values) -> Values:
        thread = int(values["message_thread_id"]) if values.get("message_thread_id") else None
        if thread is not None and thread not in chat.topics:
            raise ApiError("message thread not found")
        sent = fields | {"from": BOT} | self._answered(chat, values) | _markup(values)
        message = chat.add(sent, thread=thread)
        return self.world.told(message)

    def _answered(self, chat: Chat, values: Values) -> Values:
        asked = values.get("reply_parameters") or {}
        if not asked.get("message_id"):
            return {}
        there = chat.messages.get(int(asked["message_id"]))
        if there is not None and not there.deleted:
            first = {
                k: v for k, v in there.raw.items() if k not in ("reply_to_message", "force_reply")
            }
            return {"reply_to_message": first}
        if not asked.get("allow_sending_without_reply"):
            raise ApiError("message to be replied not found")
        return {}

    def _edit(self, message: Message, values: Values, fields: Values) -> Values:
        kept = {key: message.raw[key] for key in _KEPT if key in message.raw}
        changed = kept | fields | _markup(values)
        if _without_date(changed) == _without_date(message.raw):
            raise ApiError(
                "message is not modified: specified new message content and reply markup are"
                " exactly the same as a current content and reply markup of the message"
            )
        message.raw = changed | {"edit_date": int(time.time())}
        message.note()
        self.world.changed()
        return self.world.told(message)

    def _text(self, values: Values) -> Values:
        text, entities = _parsed(str(values.get("text", "")), values)
        if not text:
            raise ApiError("message text is empty")
        if units(text) > MAX_TEXT:
            raise ApiError("message is too long")
        return {"text": text} | ({"entities": entities} if entities else {})

    def _caption(self, values: Values) -> Values:
        text, entities = _parsed(str(values.get("caption") or ""), values)
        if units(text) > MAX_CAPTION:
            raise ApiError("message caption is too long")
        shown: Values = {"caption": text} if text else {}
        if entities:
            shown["caption_entities"] = entities
        for key in ("show_caption_above_media", "has_spoiler"):
            if str(values.get(key)).lower() == "true":
                shown["has_media_spoiler" if key == "has_spoiler" else key] = True
        return shown

    def _media(self, item: Values, files: Files) -> Values:
        if item.get("type") == "photo":
            return self._photo(item.get("media"), files) | self._caption(item)
        if item.get("type") == "document":
            return self._document(item, item.get("media"), files) | self._caption(item)
        raise ApiError("the media type is not supported here")

    def _photo(self, named: Any, files: Files) -> Values:
        data = self._bytes(named, files, "photo")
        width, height = photo_size(data)
        name = str(named) if str(named) in self.world.files else self.world.put_file(data, "photo")
        size = {"file_unique_id": f"u-{name}", "width": width, "height": height}
        return {"photo": [size | {"file_id": name, "file_size": len(data)}]}

    def _document(self, values: Values, named: Any, files: Files) -> Values:
        data = self._bytes(named, files, "document")
        if len(data) > MAX_FILE:
            raise ApiError("Request Entity Too Large", status=413)
        name = (
            str(named) if str(named) in self.world.files else self.world.put_file(data, "document")
        )
        file_name = values.get(f"{str(named).removeprefix('attach://')}.name") or "file"
        told = {"file_id": name, "file_unique_id": f"u-{name}", "file_name": file_name}
        return {"document": told | {"file_size": len(data)}}

    def _bytes(self, named: Any, files: Files, kind: str) -> bytes:
        text = str(named or "")
        data = files.get(text.removeprefix("attach://")) or self.world.files.get(text)
        if not data:
            raise ApiError(
                f"there is no {kind} in the request"
                if not text
                else "wrong file identifier/HTTP URL specified"
            )
        return data


def _parsed(text: str, values: Values) -> tuple[str, list[Values]]:
    if values.get("parse_mode") == "HTML":
        return read_html(text)
    if values.get("parse_mode"):
        raise ApiError(f"unsupported parse_mode {values['parse_mode']}")
    return text.strip(), list(values.get("entities") or values.get("caption_entities") or [])


def _markup(values: Values) -> Values:
    markup = values.get("reply_markup")
    check_keyboard(markup)
    if not markup:
        return {}
    if markup.get("inline_keyboard"):
        return {"reply_markup": {"inline_keyboard": markup["inline_keyboard"]}}
    return {"force_reply": markup} if markup.get("force_reply") else {}


def _scope(values: Values) -> str:
    scope = values.get("scope") or {"type": "default"}
    where = ":".join(str(value) for value in scope.values())
    return f"{where}/{values.get('language_code') or ''}"


def _admin(user: Values) -> Values:
    rights = (
        "can_be_edited", "can_manage_chat", "can_change_info", "can_delete_messages",
        "can_invite_users", "can_restrict_members", "can_promote_members",
        "can_manage_video_chats", "is_anonymous", "can_post_stories", "can_edit_stories",
        "can_delete_stories",
    )  # fmt: skip
    return {"user": user, "status": "administrator"} | dict.fromkeys(rights, False)


def _without_date(raw: Values) -> Values:
    return {key: value for key, value in raw.items() if key not in ("edit_date", "force_reply")}
