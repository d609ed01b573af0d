from __future__ import annotations

import pytest

from voicebot.backends.openai.choosing import UNLIKELY, admitted, offered, weights
from voicebot.stages import Option

OPTIONS = (
    Option("status", "check_order_status", "where an order is"),
    Option("return", "create_return", "send an order back"),
)


def test_each_option_is_a_tool_with_its_own_name() -> None:
    fields = offered(OPTIONS, "tools")
    functions = [tool["function"] for tool in fields["tools"]]
    assert [one["name"] for one in functions] == ["check_order_status", "create_return"]
    assert functions[0]["description"] == "where an order is"
    assert fields["tool_choice"] == "required"


def test_one_tool_is_called_by_name_and_a_schema_lists_the_same() -> None:
    fields = offered(OPTIONS, "tool")
    [tool] = fields["tools"]
    assert fields["tool_choice"]["function"]["name"] == tool["function"]["name"]
    schema = offered(OPTIONS, "schema")["response_format"]["json_schema"]["schema"]
    assert schema == tool["function"]["parameters"]
    assert schema["properties"]["choice"]["enum"] == ["status", "return"]


@pytest.mark.parametrize(
    ("text", "tool", "arguments", "word"),
    [
        ("", "check_order_status", "{}", "status"),
        ("", "create_return", "", "return"),
        ("", "choose", '{"choice": "return"}', "return"),
        ('{"choice": "status"}', "", "", "status"),
        (" status\n", "", "", "status"),
        ("", "delete_everything", "{}", None),
        ("", "choose", '{"choice": "refund"}', None),
        ("", "choose", '{"choice": ', None),
        ("I would say status.", "", "", None),
        ("[1]", "", "", None),
        ("", "", "", None),
    ],
)
def test_only_what_was_offered_is_admitted(
    text: str, tool: str, arguments: str, word: str | None
) -> None:
    assert admitted(text, tool, arguments, OPTIONS) == word


def test_a_word_weighs_what_its_likeliest_beginning_does() -> None:
    likeliest = [(" Yes", -0.1), ("no", -2.5), ("yes", -4.0), ("", -5.0), ("nothing", -1.0)]
    assert weights(likeliest, ("yes", "no")) == (-0.1, -2.5)
    assert weights([("maybe", -0.1)], ("yes", "no")) == (UNLIKELY, UNLIKELY)
