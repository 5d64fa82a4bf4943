"""The unmodified official Stream client: reports what it receives, and replies to each message."""

import json
import sys

from guard import stay_here


def report(what: object) -> None:
    """Write a line to the parent process."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


stay_here(report)

import dingtalk_stream  # noqa: E402 - the guard must be first
from dingtalk_stream import AckMessage  # noqa: E402

_KEY, _SECRET = sys.argv[1:]
_POLL_REQUEST = "投票"


class Events(dingtalk_stream.EventHandler):
    """Receives events."""

    async def process(self, event: dingtalk_stream.EventMessage) -> tuple[int, str]:
        """Report an event."""
        headers = event.headers
        report(
            {"event": headers.event_type, "id": headers.event_id, "corp_id": headers.event_corp_id, "data": event.data}
        )
        return AckMessage.STATUS_OK, "OK"


class Robot(dingtalk_stream.ChatbotHandler):
    """Receives messages to the robot."""

    async def process(self, callback: dingtalk_stream.CallbackMessage) -> tuple[int, str]:
        """Answer a message with a text, or with a card if it asks for a poll."""
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        if message.text.content == _POLL_REQUEST:
            card = dingtalk_stream.MarkdownButtonCardInstance(client, message)
            card.set_title_and_logo("团建", "")
            card.reply("周五来吗？", [{"text": "来", "color": "blue", "id": "yes", "request": True}])
            report({"asked": card.card_instance_id})
            return AckMessage.STATUS_OK, "OK"
        answer = self.reply_text(f"{message.sender_nick}: {message.text.content}", message)
        report({"message": message.text.content, "from": message.sender_staff_id, "answer": answer})
        return AckMessage.STATUS_OK, "OK"


class Cards(dingtalk_stream.CallbackHandler):
    """Receives card callbacks."""

    async def process(self, callback: dingtalk_stream.CallbackMessage) -> tuple[int, dict]:
        """Report a callback, and answer it."""
        pressed = dingtalk_stream.CardCallbackMessage.from_dict(callback.data)
        private = pressed.content["cardPrivateData"]
        if private["params"]:
            report({"pressed": private, "by": pressed.user_id, "card": pressed.card_instance_id})
            options = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
            return AckMessage.STATUS_OK, {
                "cardUpdateOptions": options,
                "cardData": {"cardParamMap": {"tips": "已回答"}},
            }
        report({"card": pressed.card_instance_id})
        return AckMessage.STATUS_OK, {"cardData": {"cardParamMap": {"done": "yes"}}}


client = dingtalk_stream.DingTalkStreamClient(dingtalk_stream.Credential(_KEY, _SECRET))
client.register_all_event_handler(Events())
client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Robot())
client.register_callback_handler(dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK, Cards())
report({"version": dingtalk_stream.version.VERSION_STRING})
client.start_forever()
