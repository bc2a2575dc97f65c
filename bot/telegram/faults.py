"""What Telegram's refusals mean for a message of ours; it tells them apart by words alone."""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.chat.messenger import (
    ClosedError,
    GoneError,
    LaterError,
    MessengerError,
    TooOldError,
    UnfitError,
)
from bot.telegram.limiter import seconds_of

# In lower case, as parts of what the server says.
_UNCHANGED = ("message is not modified",)
_GONE = ("message to edit not found", "message_id_invalid", "message identifier is not specified")
_OLD = ("message can't be edited", "message_edit_time_expired")
_CLOSED = (
    "chat not found",
    "chat_write_forbidden",
    "chat_restricted",
    "have no rights to send",
    "not enough rights to send text",
    "need administrator rights",
    "group chat was deactivated",
    "user is deactivated",
    "user_deactivated",
    "peer_id_invalid",
    "input_user_deactivated",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "bot is not a member",
    "channel_private",
)
_LONG = ("message is too long", "caption is too long", "caption_too_long", "message_too_long")
_PHOTO = (
    "image_process_failed",
    "photo_invalid_dimensions",
    "photo_ext_invalid",
    "photo_save_file_invalid",
    "photo_content_type_invalid",
    "wrong file",
    "file is too big",
    "request entity too large",
    "file must be non-empty",
    "can't use file of type",
)
_NO_PHOTOS = ("not enough rights to send photos", "chat_send_photos_forbidden", "send_media_forbid")
_HAS_PHOTO = ("there is no text in the message to edit",)
_HAS_NO_PHOTO = ("there is no caption in the message to edit",)
# Where somebody must do something about the bot's token; meanwhile messages wait.
_LONG_PAUSE_S = 60.0


def is_unchanged(error: TelegramError) -> bool:
    """Tell whether the message shows already what it was to show."""
    return _says(error, _UNCHANGED)


def is_too_long(error: TelegramError) -> bool:
    """Tell whether the text was too long."""
    return _says(error, _LONG)


def is_bad_photo(error: TelegramError) -> bool:
    """Tell whether the picture is one that Telegram cannot take as a photo."""
    return _says(error, _PHOTO)


def forbids_photos(error: TelegramError) -> bool:
    """Tell whether the chat takes no photos at all."""
    return _says(error, _NO_PHOTOS)


def has_photo(error: TelegramError) -> bool:
    """Tell whether the message was edited as a text, but is a photo."""
    return _says(error, _HAS_PHOTO)


def has_no_photo(error: TelegramError) -> bool:
    """Tell whether the message was edited as a photo, but is a text."""
    return _says(error, _HAS_NO_PHOTO)


def meaning(error: TelegramError) -> MessengerError:
    """Return what an error means to the desk."""
    said = error.message
    match error:
        case RetryAfter():
            return LaterError(said, seconds=seconds_of(error))
        case ChatMigrated():
            return TooOldError(said)
        case Forbidden():
            return ClosedError(said)
        case BadRequest():
            return _meaning_of_words(error)
        case InvalidToken() | Conflict():
            return LaterError("the token is not taken at this moment", seconds=_LONG_PAUSE_S)
        case NetworkError():
            return UnfitError(said) if is_bad_photo(error) else LaterError(said)
        case _:
            return UnfitError(said)


def _meaning_of_words(error: BadRequest) -> MessengerError:
    for words, kind in ((_GONE, GoneError), (_OLD, TooOldError), (_CLOSED, ClosedError)):
        if _says(error, words):
            return kind(error.message)
    return UnfitError(error.message)


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(word in said for word in words)
